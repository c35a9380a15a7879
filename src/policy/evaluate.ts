import type { TrustOutcome } from '../base/evidence.ts';
import { canPack, disjoint, type IdentitySet } from './pack.ts';
import type { Requirement } from './requirement.ts';
import { trustNames } from './trust-names.ts';

/** Kleene's three values: allow, deny, inconclusive. */
export type Kleene = 'true' | 'false' | 'unknown';

/** For each trust name that holds, the identities by which it holds. A name that is absent does not hold. */
type World = ReadonlyMap<string, readonly string[]>;

/**
 * Judges a requirement by what is known of each trust name, in Kleene's strong three-valued logic.
 *
 * It is judged twice: once as if everything unknown had failed, once as if everything unknown held, each name by an
 * identity of its own. True in the first world is true whatever the missing evidence says, false in the second is
 * false whatever it says. For anyOf and allOf that is exactly Kleene's table, since both are monotone; and it extends
 * to `atLeast`, where names compete for identities. More evidence never turns true into anything else.
 *
 * In `atLeast` each part counts at most once and each identity for at most one part, under the best assignment.
 * Directly under anyOf and allOf one identity may hold several names.
 *
 * @param outcomes by trust name; a name that is absent counts as unknown
 */
export function evaluate(requirement: Requirement, outcomes: ReadonlyMap<string, TrustOutcome>): Kleene {
  const certain = new Map<string, readonly string[]>();
  const possible = new Map<string, readonly string[]>();
  for (const name of trustNames(requirement)) {
    const outcome = outcomes.get(name);
    if (outcome?.state === 'held') {
      certain.set(name, outcome.identities);
      possible.set(name, outcome.identities);
    } else if (outcome?.state !== 'failed') {
      // No real identity (a fingerprint, an issuer and subject) begins with a NUL.
      possible.set(name, [`\0${name}`]);
    }
  }
  const lower = holds(requirement, certain);
  if (lower === 'yes') return 'true';
  const upper = holds(requirement, possible);
  return upper === 'no' ? 'false' : 'unknown';
}

// 'undecided' only when the bounded search for disjoint identities gave up; see pack.ts.
type Answer = 'yes' | 'no' | 'undecided';

function holds(requirement: Requirement, world: World): Answer {
  if ('name' in requirement) return world.has(requirement.name) ? 'yes' : 'no';
  if ('anyOf' in requirement) {
    const answers = requirement.anyOf.map((part) => holds(part, world));
    if (answers.includes('yes')) return 'yes';
    return answers.includes('undecided') ? 'undecided' : 'no';
  }
  if ('allOf' in requirement) {
    // An empty list is refused at start; should one come this far, it must not be an allow.
    if (requirement.allOf.length === 0) return 'no';
    const answers = requirement.allOf.map((part) => holds(part, world));
    if (answers.includes('no')) return 'no';
    return answers.includes('undecided') ? 'undecided' : 'yes';
  }
  const { count, of } = requirement.atLeast;
  if (!(count >= 1)) return 'no';
  const few = interchangeable(world, trustNames(requirement));
  const families = of.map((part) => waysToHold(part, few));
  if (families.some((family) => family === undefined)) return 'undecided';
  const packed = canPack(families as IdentitySet[][], count);
  return packed === undefined ? 'undecided' : packed ? 'yes' : 'no';
}

/** More ways than this to satisfy one part of an atLeast are not looked at: the answer is then undecided. */
const MAX_WAYS = 2000;

/**
 * The sets of identities by which a part of an `atLeast` can hold, without those that contain another one.
 * undefined: too many.
 */
function waysToHold(requirement: Requirement, world: World): IdentitySet[] | undefined {
  if ('name' in requirement)
    return (world.get(requirement.name) ?? []).map((identity) => new Set([identity]));
  if ('anyOf' in requirement) {
    const ways: IdentitySet[] = [];
    for (const part of requirement.anyOf) {
      const more = waysToHold(part, world);
      if (more === undefined) return undefined;
      ways.push(...more);
    }
    return minimal(ways);
  }
  if ('allOf' in requirement) {
    if (requirement.allOf.length === 0) return [];
    let ways: IdentitySet[] = [new Set()];
    for (const part of requirement.allOf) {
      const more = waysToHold(part, world);
      if (more === undefined || ways.length * more.length > MAX_WAYS) return undefined;
      const joined = minimal(ways.flatMap((way) => more.map((other) => new Set([...way, ...other]))));
      if (joined === undefined) return undefined;
      ways = joined;
    }
    return ways;
  }
  const { count, of } = requirement.atLeast;
  if (!(count >= 1)) return [];
  // combinations[n]: what n disjoint parts among those seen so far can be held by
  const combinations: IdentitySet[][] = [[new Set()]];
  for (const part of of) {
    const more = waysToHold(part, world);
    if (more === undefined) return undefined;
    for (let n = Math.min(count, combinations.length) - 1; n >= 0; n--) {
      const before = combinations[n] ?? [];
      if (before.length * more.length > MAX_WAYS) return undefined;
      const joined = before.flatMap((way) =>
        more.filter((other) => disjoint(way, other)).map((other) => new Set([...way, ...other])),
      );
      const all = minimal([...(combinations[n + 1] ?? []), ...joined]);
      if (all === undefined) return undefined;
      combinations[n + 1] = all;
    }
  }
  return combinations[count] ?? [];
}

function minimal(ways: IdentitySet[]): IdentitySet[] | undefined {
  if (ways.length > MAX_WAYS) return undefined;
  const kept: IdentitySet[] = [];
  for (const way of ways.toSorted((a, b) => a.size - b.size)) {
    if (!kept.some((smaller) => contains(way, smaller))) kept.push(way);
  }
  return kept;
}

function contains(large: IdentitySet, small: IdentitySet): boolean {
  for (const identity of small) if (!large.has(identity)) return false;
  return true;
}

// Identities that hold the same names are interchangeable, and no more of them are needed than there are names. So
// many signatures by many keys of one keyring do not make the search longer.
function interchangeable(world: World, names: readonly string[]): World {
  const holdersOf = new Map<string, string[]>();
  for (const name of names) {
    for (const identity of new Set(world.get(name))) {
      const holders = holdersOf.get(identity);
      if (holders === undefined) holdersOf.set(identity, [name]);
      else holders.push(name);
    }
  }
  const seen = new Map<string, number>();
  const reduced = new Map<string, string[]>();
  for (const name of names) if (world.has(name)) reduced.set(name, []);
  for (const [identity, holders] of holdersOf) {
    const kind = JSON.stringify(holders);
    const before = seen.get(kind) ?? 0;
    if (before >= names.length) continue;
    seen.set(kind, before + 1);
    for (const name of holders) reduced.get(name)?.push(identity);
  }
  return reduced;
}
