import type { Reference } from '../oci/index.ts';
import type { AskedChart } from '../provenance/index.ts';

/**
 * What a reference asks for, as the rule "the chart asked for" needs it.
 * @param ref the reference with the tag that was resolved, if any
 */
export function askedFromReference(ref: Reference): AskedChart {
  const name = ref.repository.slice(ref.repository.lastIndexOf('/') + 1);
  if (ref.tag === undefined) return { fileNames: [], name };
  const versions = new Set([ref.tag, ref.tag.replaceAll('_', '+')]);
  return { fileNames: [...versions].map((version) => `${name}-${version}.tgz`), name, tag: ref.tag };
}
