import { attempt } from '../../base/attempt.ts';
import { ChartsealError } from '../../base/error.ts';
import type { Descriptor } from '../../oci/index.ts';
import type { LocatedSignature, SignatureItem } from '../signature-item.ts';
import type { Search } from './search.ts';
import type { SignatureLayer } from './signature-layers.ts';

/**
 * Fetches one signature. A blob that is too large (`evidence.limit`), missing or another than its digest says is a
 * signature that could not be had, not an error.
 */
export async function readSignature(
  search: Search,
  source: LocatedSignature['source'],
  { format, layer }: SignatureLayer,
): Promise<LocatedSignature> {
  const annotations = format === 'bundle' ? {} : (layer.annotations ?? {});
  const fetched = await attempt(async (): Promise<SignatureItem> => {
    return { format, bytes: await readBlob(search, layer), annotations };
  });
  return locate(search, source, fetched);
}

/** A signature, or why it could not be had, with where it stands. */
export function locate(
  { beyondFirstPage }: Search,
  source: LocatedSignature['source'],
  fetched: LocatedSignature['fetched'],
): LocatedSignature {
  const isBeyond = source.digest !== null && beyondFirstPage.has(source.digest);
  return { source, fetched, ...(isBeyond ? { cosignReads: false } : {}) };
}

function readBlob(search: Search, layer: Descriptor): Promise<Uint8Array> {
  const { session, reference, limits, blobs } = search;
  if (layer.size > limits.bundleBytes) {
    throw new ChartsealError(
      'evidence.limit',
      `registry ${reference.host}, blob ${reference.repository}@${layer.digest}: a signature of ${layer.size} bytes, at most ${limits.bundleBytes} are read (bundleBytes)`,
    );
  }
  const key = blobKey(layer);
  const known = blobs.get(key);
  if (known !== undefined) return known;
  const blob = session.getBlob(reference, layer, limits.bundleBytes);
  blobs.set(key, blob);
  return blob;
}

/**
 * Layers with the same key are fetched once. Another size for the same digest is another claim, of which at most one
 * is true, so it is asked for anew.
 */
export function blobKey({ digest, size }: Descriptor): string {
  return `${digest} ${size}`;
}
