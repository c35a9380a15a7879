import { expect, it } from 'vitest';
import { readUses } from '../../src/admission/read-uses.ts';
import { admissionWorld } from '../admission/support.ts';

// What stands in the template of an ApplicationSet once is laid under that of each generator. Whoever writes a long one
// must not have it compared, or merged, some hundred times: a set of 2.5 MB took 4.5 seconds of the one thread and a
// gigabyte, more than the container has.

const KINDS = ['list', 'clusters', 'git', 'scmProvider'];

const set = (spec: object, template: object) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'ApplicationSet',
  metadata: { name: 'x', namespace: 'argocd' },
  spec: {
    template: { spec },
    generators: Array.from({ length: 100 }, () =>
      Object.fromEntries(KINDS.map((kind) => [kind, { template: { spec: template } }])),
    ),
  },
});
const long = Array.from({ length: 101 }, () => ({ repoURL: 'x', path: 'y'.repeat(2500) }));

it.each([
  ['sources', set({ sources: long }, {})],
  ['a path', set({ source: { repoURL: 'x', path: 'y'.repeat(250_000) } }, {})],
])('%s, long, is compared once', async (_, object) => {
  const uses = readUses(object)?.uses ?? [];
  expect(uses).toMatchObject([{ state: 'unresolved', why: expect.stringContaining('too long') }]);
  const world = await admissionWorld();
  expect((await world.review(object)).allowed).toBe(false);
});

it('is another one when anything in it is another', async () => {
  const world = await admissionWorld({ admission: { unresolved: 'deny' } });
  const object = set({ sources: long }, {});
  const changed = set({ sources: [...long.slice(1), { repoURL: 'x', path: 'z' }] }, {});
  const same = { operation: 'UPDATE', oldObject: object };
  expect((await world.review(object, same)).allowed).toBe(true);
  expect((await world.review(changed, same)).allowed).toBe(false);
});

it.each([
  ['source', (path: unknown) => ({ source: { repoURL: 'registry.test/charts', path } })],
  ['hydrator', (path: unknown) => ({ sourceHydrator: { drySource: { repoURL: 'x', path } } })],
])('a field of a %s that should be text is not merged key by key', (_, spec) => {
  let read = 0;
  const counted = {
    enumerable: true,
    get() {
      read++;
      return 1;
    },
  };
  const wide = Object.defineProperties({}, Object.fromEntries(['a', 'b', 'c'].map((key) => [key, counted])));
  readUses(set(spec(wide), spec({})));
  // Once for each time that it is compared, at most.
  expect(read).toBeLessThanOrEqual(3);
});
