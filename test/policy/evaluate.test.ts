import { describe, expect, test } from 'vitest';
import type { TrustOutcome } from '../../src/base/evidence.ts';
import { evaluate, type Kleene, type Requirement, trustNames } from '../../src/policy/index.ts';

type State = 'failed' | 'unknown' | string[];
const a: Requirement = { name: 'a' };
const b: Requirement = { name: 'b' };
const c: Requirement = { name: 'c' };
const d: Requirement = { name: 'd' };

function outcomes(states: Record<string, State>): Map<string, TrustOutcome> {
  return new Map(
    Object.entries(states).map(([trust, state]) => [
      trust,
      {
        trust,
        state: Array.isArray(state) ? ('held' as const) : (state as 'failed' | 'unknown'),
        identities: Array.isArray(state) ? state : [],
        reasons: [],
      },
    ]),
  );
}
const judge = (requirement: Requirement, states: Record<string, State>): Kleene =>
  evaluate(requirement, outcomes(states));
const atLeast = (count: number, ...of: Requirement[]): Requirement => ({ atLeast: { count, of } });

describe('evaluate', () => {
  test('a name', () => {
    expect(judge(a, { a: ['X'] })).toBe('true');
    expect(judge(a, { a: 'failed' })).toBe('false');
    expect(judge(a, { a: 'unknown' })).toBe('unknown');
    expect(judge(a, {}), 'nothing known').toBe('unknown');
  });

  test('allOf and anyOf may be held by one identity', () => {
    expect(judge({ allOf: [a, b] }, { a: ['X'], b: ['X'] })).toBe('true');
  });

  test('atLeast counts an identity once', () => {
    expect(judge(atLeast(2, a, b), { a: ['X'], b: ['X'] })).toBe('false');
    expect(judge(atLeast(2, a, b), { a: ['X'], b: ['Y'] })).toBe('true');
    expect(judge(atLeast(1, a, b), { a: ['X'], b: ['X'] })).toBe('true');
  });

  test('atLeast counts a name once, however many keys of it signed', () => {
    expect(judge(atLeast(2, a, b), { a: ['X', 'Y'], b: 'failed' })).toBe('false');
  });

  test('atLeast takes the best assignment', () => {
    // Giving X to a, the first that could have it, would leave b without.
    expect(judge(atLeast(2, a, b), { a: ['X', 'Y'], b: ['X'] })).toBe('true');
    expect(judge(atLeast(3, a, b, c), { a: ['X', 'Y'], b: ['X', 'Z'], c: ['X'] })).toBe('true');
    expect(judge(atLeast(3, a, b, c), { a: ['X', 'Y'], b: ['X', 'Y'], c: ['Y', 'X'] })).toBe('false');
  });

  test('atLeast with unknown names', () => {
    expect(judge(atLeast(2, a, b, c), { a: ['X'], b: ['X'], c: 'unknown' })).toBe('unknown');
    expect(judge(atLeast(2, a, b, c), { a: ['X'], b: 'failed', c: 'failed' })).toBe('false');
    expect(judge(atLeast(2, a, b, c), { a: ['X'], b: ['Y'], c: 'unknown' })).toBe('true');
    expect(judge(atLeast(3, a, b, c), { a: ['X'], b: ['X'], c: 'unknown' })).toBe('false');
  });

  test('parts nested in atLeast need disjoint identities', () => {
    const both = atLeast(2, { allOf: [a, b] }, { anyOf: [c, d] });
    expect(judge(both, { a: ['X'], b: ['X'], c: ['X'], d: 'failed' })).toBe('false');
    expect(judge(both, { a: ['X'], b: ['X'], c: ['X'], d: ['Y'] })).toBe('true');
    expect(judge(both, { a: ['X', 'Y'], b: ['Y'], c: ['X'], d: 'failed' }), 'a and b share Y').toBe('true');
    expect(judge(both, { a: ['X'], b: ['Y'], c: ['Y'], d: 'unknown' })).toBe('unknown');
    const deep = atLeast(2, atLeast(2, a, b), c);
    expect(judge(deep, { a: ['X'], b: ['Y'], c: ['Y', 'Z'] })).toBe('true');
    expect(judge(deep, { a: ['X'], b: ['Y'], c: ['Y'] })).toBe('false');
  });

  test('what the configuration refuses is never an allow', () => {
    expect(judge({ allOf: [] }, {})).toBe('false');
    expect(judge({ anyOf: [] }, {})).toBe('false');
    expect(judge(atLeast(0, a), { a: 'failed' })).toBe('false');
    expect(judge(atLeast(Number.NaN, a), { a: ['X'] })).toBe('false');
    expect(judge(atLeast(1, atLeast(0, a)), { a: 'failed' })).toBe('false');
    expect(judge(atLeast(1, { allOf: [] }), { a: ['X'] })).toBe('false');
  });

  test('held without an identity satisfies a name but counts for nothing in atLeast', () => {
    expect(judge(a, { a: [] })).toBe('true');
    expect(judge(atLeast(1, a), { a: [] })).toBe('false');
  });

  test('many signatures by many keys stay cheap', () => {
    const names = Array.from({ length: 16 }, (_, i) => ({ name: `n${i}` }));
    const keys = Array.from({ length: 200 }, (_, i) => `K${i}`);
    const states = Object.fromEntries(names.map(({ name }) => [name, keys]));
    const pairs = Array.from({ length: 8 }, (_, i) => ({ anyOf: names.slice(2 * i, 2 * i + 2) }));
    expect(judge(atLeast(8, ...pairs), states)).toBe('true');
  });
});

// Every requirement of these shapes, under every assignment of outcomes.
const TREES: Requirement[] = [];
for (const kind of [
  (parts: Requirement[]): Requirement => ({ anyOf: parts }),
  (parts: Requirement[]): Requirement => ({ allOf: parts }),
  (parts: Requirement[]) => atLeast(1, ...parts),
  (parts: Requirement[]) => atLeast(2, ...parts),
]) {
  TREES.push(kind([a, b]), kind([a, b, c]));
  for (const inner of [
    { anyOf: [b, c] },
    { allOf: [b, c] },
    atLeast(1, b, c),
    atLeast(2, b, c),
  ] satisfies Requirement[]) {
    TREES.push(kind([a, inner]));
  }
}
const STATES: State[] = ['failed', 'unknown', ['X'], ['Y'], ['X', 'Y'], ['Z']];
const ASSIGNMENTS = STATES.flatMap((x) => STATES.flatMap((y) => STATES.map((z) => ({ a: x, b: y, c: z }))));

describe(`all ${TREES.length} small requirements under all ${ASSIGNMENTS.length} assignments`, () => {
  test('agree with Kleene tables where identities do not compete', () => {
    for (const tree of TREES.filter((tree) => !JSON.stringify(tree).includes('atLeast'))) {
      for (const states of ASSIGNMENTS) expect(judge(tree, states)).toBe(kleene(tree, states));
    }
  });

  test('agree with trying out every choice of parts and identities', () => {
    for (const tree of TREES) {
      for (const states of ASSIGNMENTS) {
        const worst = byTrying(tree, states, () => []);
        const best = byTrying(tree, states, (name) => [`?${name}`]);
        const expected = worst ? 'true' : best ? 'unknown' : 'false';
        expect(judge(tree, states), JSON.stringify([tree, states])).toBe(expected);
      }
    }
  });

  test('more evidence never turns allow into anything else, nor deny from what is unknown back', () => {
    for (const tree of TREES) {
      for (const states of ASSIGNMENTS) {
        const before = judge(tree, states);
        for (const name of trustNames(tree) as ('a' | 'b' | 'c')[]) {
          const now = states[name];
          // An unknown outcome that becomes known decides what it decides; a decided verdict stays.
          if (now === 'unknown' && before !== 'unknown') {
            for (const later of ['failed', ['N']] as State[]) {
              expect(judge(tree, { ...states, [name]: later })).toBe(before);
            }
          }
          // A further signature.
          const more = Array.isArray(now) ? [...now, 'N'] : ['N'];
          if (before === 'true') expect(judge(tree, { ...states, [name]: more })).toBe('true');
        }
      }
    }
  });
});

function kleene(requirement: Requirement, states: Record<string, State>): Kleene {
  const order: Kleene[] = ['false', 'unknown', 'true'];
  if ('name' in requirement) {
    const state = states[requirement.name];
    return Array.isArray(state) ? 'true' : state === 'failed' ? 'false' : 'unknown';
  }
  if ('anyOf' in requirement) {
    return order[Math.max(...requirement.anyOf.map((part) => order.indexOf(kleene(part, states))))] as Kleene;
  }
  if ('allOf' in requirement) {
    return order[Math.min(...requirement.allOf.map((part) => order.indexOf(kleene(part, states))))] as Kleene;
  }
  throw new Error('no such table');
}

// The definition, without any cleverness: all sets of identities by which each part can hold, all choices among them.
function byTrying(
  tree: Requirement,
  states: Record<string, State>,
  unknown: (name: string) => string[],
): boolean {
  return ways(tree).length > 0;

  function ways(requirement: Requirement): string[][] {
    if ('name' in requirement) {
      const state = states[requirement.name];
      if (Array.isArray(state)) return state.map((identity) => [identity]);
      return state === 'unknown' ? unknown(requirement.name).map((identity) => [identity]) : [];
    }
    if ('anyOf' in requirement) return requirement.anyOf.flatMap(ways);
    if ('allOf' in requirement) {
      return requirement.allOf
        .map(ways)
        .reduce<string[][]>(
          (sets, more) => sets.flatMap((set) => more.map((other) => [...set, ...other])),
          [[]],
        );
    }
    const { count, of } = requirement.atLeast;
    let partial: { taken: number; used: string[] }[] = [{ taken: 0, used: [] }];
    for (const part of of.map(ways)) {
      partial = partial.flatMap((before) => [
        before,
        ...part
          .filter((way) => way.every((identity) => !before.used.includes(identity)))
          .map((way) => ({ taken: before.taken + 1, used: [...before.used, ...way] })),
      ]);
    }
    return partial.filter(({ taken }) => taken >= count).map(({ used }) => used);
  }
}
