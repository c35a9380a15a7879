import { readFileSync } from 'node:fs';

/** The trusted root that comes with chartseal. */
export const PUBLIC_GOOD = new Uint8Array(
  readFileSync(new URL('../../keys/sigstore/public-good.json', import.meta.url)),
);

/** The same, so that it has another digest. */
export function publicGoodWith(spaces: number): Uint8Array {
  return new TextEncoder().encode(new TextDecoder().decode(PUBLIC_GOOD) + ' '.repeat(spaces));
}
