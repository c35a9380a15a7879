import { readFile } from 'node:fs/promises';
import { ChartsealError } from '../../base/error.ts';

/** What a trust entry calls the trusted root of sigstore.dev. */
export const PUBLIC_GOOD = 'public-good';

// From src and from dist, whose folders have the same depth.
const SHIPPED = new URL('../../../keys/sigstore/public-good.json', import.meta.url);

/**
 * The trusted root of sigstore.dev that comes with chartseal.
 * @throws ChartsealError sigstore.root_invalid when the installation lacks it
 */
export async function readPublicGood(): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(SHIPPED));
  } catch (cause) {
    throw new ChartsealError(
      'sigstore.root_invalid',
      'the trusted root of sigstore.dev is missing from this installation of chartseal',
      { help: 'Install chartseal again, or name a trusted_root.json.', cause },
    );
  }
}
