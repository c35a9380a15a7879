import { describe, expect, it } from 'vitest';
import { readUses } from '../../src/admission/read-uses.ts';
import { parseConstraint } from '../../src/oci/index.ts';
import { admissionWorld } from '../admission/support.ts';

// A small object must not keep the one thread of the service busy for long: while it does, every other review runs into
// its timeout, and some configurations let those pass. (A set of 100 kB took half a minute, fifty ranges ten seconds.)

const GENERATORS =
  'list clusters git scmProvider clusterDecisionResource pullRequest matrix merge plugin'.split(' ');
/** Holds for no version, and is known to only at its end. */
const costly = (i: number, comparisons: number) => `${'>=0 '.repeat(comparisons - 1)}<0.0.1-${i}`;

describe('what an object costs', () => {
  it('is not multiplied by templates that add nothing', () => {
    const sources = Array.from({ length: 100 }, (_, i) => ({
      repoURL: 'registry.test/charts',
      chart: `c${i}`,
      targetRevision: costly(i, 60),
    }));
    const template = { template: { spec: { project: 'x' } } };
    const generators = Array.from({ length: 100 }, () =>
      Object.fromEntries(GENERATORS.map((name) => [name, template])),
    );
    const object = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'ApplicationSet',
      metadata: { name: 'x' },
      spec: { template: { spec: { sources } }, generators },
    };
    expect(readUses(object)?.uses).toMatchObject([{ state: 'unresolved', at: 'spec.generators' }]);
    // As many templates as people write are read.
    const few = {
      ...object,
      spec: { ...object.spec, generators: generators.slice(0, 1).map(({ list }) => ({ list })) },
    };
    expect(readUses(few)?.uses).toHaveLength(100);
  });

  it('is not multiplied by fields that nobody reads', () => {
    let read = 0;
    const counted = (name: string) => ({
      enumerable: true,
      get() {
        read++;
        return name;
      },
    });
    const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, counted('x')]));
    const source = Object.defineProperties(
      { repoURL: 'registry.test', chart: 'c', targetRevision: '1' },
      wide,
    );
    const template = { template: { spec: { source: { path: 'x' } } } };
    const generators = Array.from({ length: 100 }, () => ({ list: template, git: template }));
    const object = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'ApplicationSet',
      metadata: { name: 'x' },
      spec: { template: { spec: { source } }, generators },
    };
    expect(readUses(object)?.uses).toHaveLength(1);
    expect(read).toBe(0);
  });

  it('is bounded for one range', () => {
    expect(() => parseConstraint(costly(1, 64))).not.toThrow();
    expect(() => parseConstraint(costly(1, 65))).toThrow('more than 64 comparisons');
    expect(() => parseConstraint(Array.from({ length: 30 }, () => '>1 <2 !=1.5').join(' || '))).toThrow(
      'comparisons',
    );
  });

  it.each(['deny', 'allow'])(
    'is bounded for all ranges together, where inconclusive is %s',
    async (onInconclusive) => {
      const world = await admissionWorld({ admission: { onInconclusive, ranges: 'allow' } });
      for (let i = 0; i < 2000; i++) {
        await world.registry.putManifest('charts/app', `1.${i}.0`, new Uint8Array([123, 125]));
      }
      const sources = Array.from({ length: 50 }, (_, i) => ({
        repoURL: 'registry.test/charts',
        chart: 'app',
        targetRevision: costly(i, 60),
      }));
      const response = await world.review({
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        metadata: { name: 'x', namespace: 'argocd' },
        spec: { sources },
      });
      expect(response.allowed).toBe(false);
      const { charts } = world.lines.find(({ message }) => message === 'request') as {
        charts: { code: string }[];
      };
      const cut = charts.filter(({ code }) => code === 'limit.charts').length;
      expect(cut).toBeGreaterThan(0);
      expect(cut).toBeLessThan(50);
    },
  );
});
