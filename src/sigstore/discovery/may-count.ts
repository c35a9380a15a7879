import type { LocatedSignature } from '../signature-item.ts';
import { readSignature } from './read-signature.ts';
import type { Search } from './search.ts';
import type { SignatureLayer } from './signature-layers.ts';

/**
 * Those that may count by what they say to be. The others, which say to be something nobody asked for, are set aside
 * to be read when all else was.
 */
export function mayCount(
  search: Search,
  source: LocatedSignature['source'],
  layers: SignatureLayer[],
): SignatureLayer[] {
  return layers.filter((layer) => {
    const { predicateType } = layer;
    if (predicateType === undefined || search.wanted.has(predicateType)) return true;
    search.others.push(async () => [await readSignature(search, source, layer)]);
    return false;
  });
}
