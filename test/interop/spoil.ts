import {
  getBlob,
  getManifest,
  PROVENANCE_LAYER,
  putBlob,
  putManifest,
  type RawDescriptor,
  type RawManifest,
} from './raw.ts';
import type { Pushed } from './unsigned-charts.ts';

export const SPOILT = ['archive', 'provenance', 'files'] as const;
export type Spoilt = (typeof SPOILT)[number];

/** What every Helm says of each, whichever OpenPGP engine it has. */
export const REFUSALS: Record<Spoilt, RegExp> = {
  archive: /^sha256 sum does not match for /,
  provenance: /^openpgp: invalid signature: /,
  files: /^openpgp: invalid signature: /,
};

/**
 * Puts a signed chart under another folder, with one byte changed of its archive, of the signature, or of the digest
 * under `files`.
 */
export async function spoil(host: string, chart: Pushed, kind: Spoilt): Promise<Pushed> {
  const to = `spoilt-${kind}/${chart.repository}`;
  const manifest = JSON.parse(await getManifest(host, chart.repository, chart.tag)) as RawManifest;
  const carry = async (descriptor: RawDescriptor): Promise<RawDescriptor> => {
    const bytes = await getBlob(host, chart.repository, descriptor.digest);
    const isProvenance = descriptor.mediaType === PROVENANCE_LAYER;
    if (descriptor !== manifest.config && isProvenance === (kind !== 'archive')) change(bytes, kind);
    return putBlob(host, to, bytes, descriptor.mediaType);
  };
  const config = await carry(manifest.config);
  const layers: RawDescriptor[] = [];
  for (const layer of manifest.layers) layers.push(await carry(layer));
  const digest = await putManifest(host, to, chart.tag, { ...manifest, config, layers });
  return { ...chart, repository: to, digest };
}

function change(bytes: Uint8Array, kind: Spoilt): void {
  const text = Buffer.from(bytes).toString('latin1');
  if (kind === 'archive') {
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    return;
  }
  // A character of the armored signature, some lines into it; a digit of the digest.
  const at =
    kind === 'files'
      ? /\n {2}\S+\.tgz: sha256:/.exec(text)!
      : /-----BEGIN PGP SIGNATURE-----\n\n(?:.+\n){3}/.exec(text)!;
  const place = at.index + at[0].length + 10;
  bytes[place] = text[place] === '1' ? 0x32 : 0x31;
}
