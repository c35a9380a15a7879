import { partsOf, type Requirement } from '../policy/index.ts';
import { quote } from './problem.ts';

/** Most trust names under an atLeast that has nested requirements: assigning identities is then a search. */
const MAX_NESTED_NAMES = 16;

/**
 * What is wrong with requirements that stand in an atLeast. Each name counts there at most once, so it may not come back
 * deeper down either.
 * @returns undefined if nothing is; names that stand side by side are compared where they are read
 */
export function nestedTrouble(parts: readonly Requirement[]): string | undefined {
  if (parts.every((part) => 'name' in part)) return undefined;
  const written = leaves(parts);
  const counts = new Map<string, number>();
  for (const name of written) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const [name, times] of counts)
    if (times > 1) return `found ${quote(name)} ${times} times in it; each name counts once in atLeast`;
  if (counts.size <= MAX_NESTED_NAMES) return undefined;
  return `found ${written.length} names with nested requirements among them; allowed are ${MAX_NESTED_NAMES} (any number without nesting)`;
}

function leaves(parts: readonly Requirement[]): string[] {
  return parts.flatMap((part) => ('name' in part ? [part.name] : leaves(partsOf(part))));
}
