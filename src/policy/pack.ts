/** Identities that together satisfy one part of an `atLeast`. */
export type IdentitySet = ReadonlySet<string>;

/** Steps after which the search for disjoint sets gives up. Requirements of names alone never come here. */
const MAX_STEPS = 100_000;

/**
 * Can `count` of the parts hold at once, with no identity used twice?
 *
 * If every part needs one identity only (all parts are trust names), that is a matching between parts and
 * identities, which is found in polynomial time by augmenting paths. With nested requirements it is set packing,
 * which is NP-hard; the search is bounded.
 *
 * @param families for each part, the alternative sets of identities by which it holds; none: it does not hold
 * @returns undefined when the search was given up
 */
export function canPack(families: readonly IdentitySet[][], count: number): boolean | undefined {
  const parts = families.filter((family) => family.length > 0);
  if (parts.length < count) return false;
  if (parts.every((family) => family.every((way) => way.size === 1))) return matching(parts) >= count;

  // Those with the fewest alternatives first: wrong turns show early.
  const ordered = parts.toSorted((a, b) => a.length - b.length);
  const used = new Set<string>();
  let steps = 0;
  return search(0, count);

  function search(at: number, missing: number): boolean | undefined {
    if (missing === 0) return true;
    if (ordered.length - at < missing) return false;
    if (++steps > MAX_STEPS) return undefined;
    for (const way of ordered[at] ?? []) {
      if (!disjoint(way, used)) continue;
      for (const identity of way) used.add(identity);
      const found = search(at + 1, missing - 1);
      for (const identity of way) used.delete(identity);
      if (found !== false) return found;
    }
    return search(at + 1, missing);
  }
}

/** Do two sets of identities share none? (Set.prototype.isDisjointFrom came with Node 22.) */
export function disjoint(a: IdentitySet, b: IdentitySet): boolean {
  for (const identity of a) if (b.has(identity)) return false;
  return true;
}

// Kuhn's algorithm: the largest number of parts that get an identity of their own.
function matching(parts: readonly IdentitySet[][]): number {
  const holder = new Map<string, number>();
  let size = 0;
  for (let part = 0; part < parts.length; part++) if (place(part, new Set())) size++;
  return size;

  function place(part: number, tried: Set<string>): boolean {
    for (const way of parts[part] ?? []) {
      for (const identity of way) {
        if (tried.has(identity)) continue;
        tried.add(identity);
        const other = holder.get(identity);
        if (other === undefined || place(other, tried)) {
          holder.set(identity, part);
          return true;
        }
      }
    }
    return false;
  }
}
