import { attempt } from '../../base/attempt.ts';
import { ChartsealError } from '../../base/error.ts';
import { fallbackTag } from '../../oci/index.ts';
import type { LocatedSignature } from '../signature-item.ts';
import { mayCount } from './may-count.ts';
import { ofEvidence } from './of-evidence.ts';
import { blobKey, readSignature } from './read-signature.ts';
import type { Search, SignatureBatch } from './search.ts';
import type { SignatureLayer } from './signature-layers.ts';
import { signatureLayers } from './signature-layers.ts';

/** Layers that are read at the same time. */
const TOGETHER = 4;

/**
 * Legacy signatures (`.sig`) or attestations (`.att`) of cosign: the layers of the manifest under the tag
 * `sha256-<hex>.sig`. Nothing but the tag says whom they are for; their payloads do. A tag that is not there, or names
 * something else, is no failure. Prefixed tags and other repositories (COSIGN_REPOSITORY) are not looked for.
 */
export async function* findLegacy(search: Search, suffix: 'sig' | 'att'): AsyncGenerator<SignatureBatch> {
  const { session, reference, subject } = search;
  const store = suffix === 'sig' ? 'sig-tag' : 'att-tag';
  const format = suffix === 'sig' ? 'simple-signing' : 'dsse';
  const opened = await attempt(async () => {
    const manifest = await session.getManifest(reference, `${fallbackTag(subject)}.${suffix}`);
    const layers = signatureLayers(manifest).filter((layer) => layer.format === format);
    return { source: { kind: 'tag' as const, digest: manifest.digest }, layers };
  });
  if (!opened.ok) {
    if (opened.error.code !== 'chart.not_found')
      yield { store, found: [], failure: ofEvidence(opened.error) };
    return;
  }
  const { source, layers } = opened.value;
  const { read, failure } = newest(mayCount(search, source, layers), search, suffix);
  for (let at = 0; at < read.length; at += TOGETHER) {
    const some = read.slice(at, at + TOGETHER);
    const found: LocatedSignature[] = await Promise.all(
      some.map((layer) => readSignature(search, source, layer)),
    );
    yield { store, found };
  }
  if (failure !== undefined) yield { store, found: [], failure };
}

// cosign appends, so the last layer is the newest signature (cosign:pkg/oci/mutate/signatures.go). Payloads that were
// counted cost no further request.
function newest(
  layers: SignatureLayer[],
  { limits }: Search,
  suffix: string,
): { read: SignatureLayer[]; failure: ChartsealError | undefined } {
  const payloads = new Set<string>();
  const read: SignatureLayer[] = [];
  for (const one of layers.toReversed()) {
    if (read.length >= limits.layers) break;
    const payload = blobKey(one.layer);
    if (!payloads.has(payload) && payloads.size >= limits.signatures) continue;
    payloads.add(payload);
    read.push(one);
  }
  if (read.length === layers.length) return { read, failure: undefined };
  const limit = read.length >= limits.layers ? 'layers' : 'signatures';
  const message = `the tag for .${suffix} names ${layers.length} signatures, ${read.length} of them were read (${limit})`;
  return { read, failure: new ChartsealError('evidence.limit', message) };
}
