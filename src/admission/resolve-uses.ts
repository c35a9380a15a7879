import type { ChartUse } from './kinds/index.ts';
import type { ObjectReader } from './object-reader.ts';
import { resolveReferences } from './resolve-references.ts';
import { type ListTags, type ResolvedUse, resolveVersions, type Spend } from './resolve-versions.ts';

/** Whom to ask for what an object does not say itself. */
interface Resolving {
  /** undefined: references to other objects stay unresolved. */
  reader?: Pick<ObjectReader, 'get'> | undefined;
  listTags: ListTags;
  spend?: Spend | undefined;
}

/**
 * Which charts the controllers will install now: references to other objects followed, ranges chosen. Never throws;
 * what could not be asked for is `failed`.
 */
export async function resolveUses(
  uses: readonly ChartUse[],
  { reader, listTags, spend }: Resolving,
): Promise<ResolvedUse[]> {
  return resolveVersions(await resolveReferences(uses, reader), listTags, spend);
}
