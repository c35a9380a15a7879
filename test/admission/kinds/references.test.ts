import { describe, expect, it } from 'vitest';
import { changedUses } from '../../../src/admission/changed-uses.ts';
import { findDependants, movesDependants, refOf } from '../../../src/admission/find-dependants.ts';
import { findKind } from '../../../src/admission/kinds/index.ts';
import { withObject } from '../../../src/admission/object-reader.ts';
import { readUses } from '../../../src/admission/read-uses.ts';
import { resolveUses } from '../../../src/admission/resolve-uses.ts';
import { cluster, HOST, type Json, listTags, object, outcome, show } from './support.ts';

const FLUX = 'source.toolkit.fluxcd.io';
const named = (name: string, namespace: string | undefined, of: Json): Json => ({
  ...of,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});
const repository = (spec: Json = {}) =>
  named(
    'charts',
    'flux',
    object(`${FLUX}/v1`, 'HelmRepository', { type: 'oci', url: `oci://${HOST}/charts`, ...spec }),
  );
const release = (sourceRef: Json = {}) =>
  named(
    'app',
    'team',
    object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', {
      chart: {
        spec: {
          chart: 'app',
          version: '1.2.3',
          sourceRef: { kind: 'HelmRepository', name: 'charts', namespace: 'flux', ...sourceRef },
        },
      },
    }),
  );
/** The same release with something else in its chart. */
const asking = (of: Json, more: Json): Json => {
  const copy = structuredClone(of) as { spec: { chart: { spec: Json } } };
  Object.assign(copy.spec.chart.spec, more);
  return copy as unknown as Json;
};
const nested = (depth: number): unknown => {
  let value: unknown = 'x';
  for (let i = 0; i < depth; i++) value = [value];
  return value;
};
const chart = (namespace = 'flux', sourceRef: Json = {}) =>
  named(
    'chart',
    namespace,
    object(`${FLUX}/v1`, 'HelmChart', {
      chart: 'app',
      version: '1.2.3',
      sourceRef: { kind: 'HelmRepository', name: 'charts', ...sourceRef },
    }),
  );
const byRef = (chartRef: Json) =>
  named('by-ref', 'team', object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', { chartRef }));

describe('references to other objects', () => {
  it('are unresolved when nobody can be asked, and say whom', () => {
    const [use] = readUses(release())?.uses ?? [];
    expect(use).toMatchObject({
      state: 'reference',
      at: 'spec.chart.spec',
      target: { group: FLUX, kind: 'HelmRepository', namespace: 'flux', name: 'charts' },
    });
    return expect(outcome(release())).resolves.toEqual(['unresolved reference']);
  });

  it.each<[string, Json, Json[], string[]]>([
    ['in another namespace', release(), [repository()], ['tag charts/app:1.2.3']],
    [
      'in their own namespace when none is named',
      release({ namespace: '' }),
      [repository()],
      ['unresolved absent'],
    ],
    ['to what is not there', release(), [], ['unresolved absent']],
    ['of a HelmChart, always in its own namespace', chart('team'), [repository()], ['unresolved absent']],
    [
      'of a HelmChart, also when it says another',
      chart('team', { namespace: 'flux' }),
      [repository()],
      ['unresolved absent'],
    ],
    [
      'to a HelmChart and on',
      byRef({ kind: 'HelmChart', name: 'chart', namespace: 'flux' }),
      [chart(), repository()],
      ['tag charts/app:1.2.3'],
    ],
    [
      'to a HelmChart whose repository is not there',
      byRef({ kind: 'HelmChart', name: 'chart', namespace: 'flux' }),
      [chart()],
      ['unresolved absent'],
    ],
    ['to Git', release({ kind: 'GitRepository' }), [], ['not-oci git']],
    ['to a bucket', release({ kind: 'Bucket' }), [], ['not-oci bucket']],
    ['to an artifact of others', byRef({ kind: 'ExternalArtifact', name: 'x' }), [], ['not-oci artifact']],
    ['to something new', byRef({ kind: 'Moon', name: 'x' }), [], ['unresolved unknown']],
    ['to nothing', byRef({ kind: 'OCIRepository' }), [], ['unresolved unknown']],
    [
      'to a repository over http',
      release(),
      [repository({ type: 'default', url: 'https://x.example' })],
      ['not-oci http'],
    ],
    [
      'to a repository of no type over http',
      release(),
      [repository({ type: '', url: 'https://x.example' })],
      ['not-oci http'],
    ],
    [
      'to a repository of the wrong type',
      release(),
      [repository({ type: 'default' })],
      ['unresolved invalid'],
    ],
    [
      'to a repository with the wrong url',
      release(),
      [repository({ url: 'https://x.example' })],
      ['unresolved invalid'],
    ],
    ['to a repository of no shape', release(), [repository({ url: 7 })], ['unresolved invalid']],
    [
      'to a repository of an unknown version',
      release(),
      [{ ...repository(), apiVersion: `${FLUX}/v9` }],
      ['unresolved unknown'],
    ],
  ])('%s', async (_what, of, others, expected) => {
    expect(await outcome(of, cluster(...others))).toEqual(expected);
  });

  it('reads both when an object names a chart in two ways', async () => {
    const both = release();
    (both.spec as Json).chartRef = { kind: 'OCIRepository', name: 'other' };
    const other = named(
      'other',
      'team',
      object(`${FLUX}/v1`, 'OCIRepository', { url: `oci://${HOST}/charts/other` }),
    );
    expect(await outcome(both, cluster(repository(), other))).toEqual([
      'tag charts/app:1.2.3',
      'tag charts/other:latest',
    ]);
  });

  it('keeps a failure of the API server apart for the chart that it is about', async () => {
    const get = async () => {
      throw new Error('down');
    };
    const uses = readUses(release())?.uses ?? [];
    const resolved = await resolveUses(uses, { reader: { get }, listTags });
    expect(resolved).toMatchObject([
      { state: 'failed', reference: 'HelmRepository flux/charts', at: 'spec.chart.spec' },
    ]);
  });

  it('is not led to another object than was asked for', async () => {
    const get = async () => object('argoproj.io/v1alpha1', 'Application', {});
    const uses = readUses(release())?.uses ?? [];
    const resolved = await resolveUses(uses, { reader: { get }, listTags });
    expect(resolved.map(show)).toEqual(['unresolved unknown']);
  });

  it('asks for each object and each list of tags once', async () => {
    let asked = 0;
    let listed = 0;
    const reader = cluster(repository());
    const helmCharts = Array.from({ length: 20 }, (_, i) => ({
      repositoryURL: `oci://${HOST}/charts`,
      chartName: 'app',
      chartVersion: `>=1.${i}.0-0`,
    }));
    const profile = object('config.projectsveltos.io/v1beta1', 'ClusterProfile', { helmCharts });
    const uses = [
      ...(readUses(release())?.uses ?? []),
      ...(readUses(release())?.uses ?? []),
      ...(readUses(profile)?.uses ?? []),
    ];
    const counted = {
      get: (ref: Parameters<typeof reader.get>[0]) => {
        asked++;
        return reader.get(ref);
      },
    };
    const countedTags = async () => {
      listed++;
      return ['1.0.0', '2.0.0'];
    };
    expect(await resolveUses(uses, { reader: counted, listTags: countedTags })).toHaveLength(22);
    expect([asked, listed]).toEqual([1, 1]);
  });
});

describe('a registry that lists no tags', () => {
  it('fails the chart that needs them and no other', async () => {
    const sources = [
      { repoURL: HOST, chart: 'app', targetRevision: '^1' },
      { repoURL: HOST, chart: 'db', targetRevision: '1.0.0' },
    ];
    const uses = readUses(object('argoproj.io/v1alpha1', 'Application', { sources }))?.uses ?? [];
    const listed = () => {
      throw new Error('down');
    };
    const resolved = await resolveUses(uses, { listTags: listed });
    expect(resolved.map(show)).toEqual(['failed Error: down', 'tag db:1.0.0']);
  });
});

describe('a HelmRepository that moves', () => {
  const kind = findKind(FLUX, 'HelmRepository')!;

  it.each<[string, unknown, Json, boolean]>([
    ['its url', repository(), repository({ url: 'oci://evil.example' }), true],
    ['its type', repository(), repository({ type: 'default' }), true],
    ['its interval', repository(), repository({ interval: '5m' }), false],
    ['nothing', repository(), repository(), false],
    ['its url, which is no text', repository({ url: { a: 1 } }), repository({ url: { a: 2 } }), true],
    ['from nowhere', undefined, repository(), true],
    ['from nowhere, as the API server says it', null, repository(), true],
  ])('%s', (_what, before, after, expected) => {
    expect(movesDependants(kind, before, after)).toBe(expected);
  });

  it('takes along the charts and releases that name it, and no others', async () => {
    const ref = refOf(kind, repository())!;
    const elsewhere = release({ namespace: '' });
    const found = await findDependants(
      kind,
      ref,
      cluster(
        release(),
        elsewhere,
        release({ name: 'other' }),
        chart(),
        chart('team'),
        byRef({ kind: 'OCIRepository', name: 'x' }),
      ),
    );
    expect(found).toEqual([chart(), release()]);
  });

  it('is judged as it will be, not as it is', async () => {
    const after = repository({ url: `oci://${HOST}/evil` });
    const reader = withObject(cluster(repository()), refOf(kind, after)!, after);
    const resolved = await resolveUses(readUses(release())?.uses ?? [], { reader, listTags });
    expect(resolved.map(show)).toEqual(['tag evil/app:1.2.3']);
  });

  it('stands in for no object but itself', async () => {
    const ref = refOf(kind, repository())!;
    const reader = withObject({ get: async () => 'another' }, ref, 'itself');
    expect(await reader.get(ref)).toBe('itself');
    for (const other of [{ group: 'x.test' }, { kind: 'Bucket' }, { namespace: 'team' }, { name: 'other' }]) {
      expect(await reader.get({ ...ref, ...other })).toBe('another');
    }
  });

  it('has no name yet when one is made up for it', () => {
    expect(refOf(kind, { ...repository(), metadata: { generateName: 'x-' } })).toBeUndefined();
  });

  it('moves nothing when it is another kind', () => {
    expect(movesDependants(findKind(FLUX, 'OCIRepository')!, undefined, {})).toBe(false);
  });
});

describe('what has changed', () => {
  const uses = (of: Json) => readUses(of)?.uses ?? [];
  const app = (spec: Json, more: Json = {}) => object('argoproj.io/v1alpha1', 'Application', spec, more);
  const source = { repoURL: HOST, chart: 'app', targetRevision: '1.2.3' };
  const k3s = (spec: Json) => object('helm.cattle.io/v1', 'HelmChart', spec);

  it.each<[string, Json, Json, number]>([
    ['labels', app({ source }), { ...app({ source }), metadata: { name: 'it', labels: { a: 'b' } } }, 0],
    ['values', app({ source }), app({ source: { ...source, helm: { values: 'x' } } }), 0],
    ['the place', app({ source }), app({ sources: [source] }), 0],
    ['the version', app({ source }), app({ source: { ...source, targetRevision: '1.3.0' } }), 1],
    ['the registry', app({ source }), app({ source: { ...source, repoURL: 'evil.example' } }), 1],
    ['one more', app({ source }), app({ sources: [source, { ...source, chart: 'db' }] }), 1],
    ['one less', app({ sources: [source, { ...source, chart: 'db' }] }), app({ source }), 0],
    ['an operation', app({ source }), app({ source }, { operation: { sync: { revision: '1.0.0' } } }), 1],
    [
      'an operation for the same',
      app({ source }),
      app({ source }, { operation: { sync: { revision: '1.2.3' } } }),
      0,
    ],
    ['an archive inside', k3s({ chartContent: 'AAAA' }), k3s({ chartContent: 'BBBB' }), 1],
    [
      'beside an archive inside',
      k3s({ chartContent: 'AAAA' }),
      k3s({ chartContent: 'AAAA', valuesContent: 'x' }),
      0,
    ],
    [
      'the branch in Git',
      app({ source: { repoURL: 'https://g.example', path: 'a', targetRevision: 'x' } }),
      app({ source: { repoURL: 'https://g.example', path: 'a', targetRevision: 'y' } }),
      1,
    ],
    ['the object that is named', release(), release({ name: 'other' }), 1],
    ['the version in the object that is named', release(), asking(release(), { version: '1.3.0' }), 1],
    ['the chart in the object that is named', release(), asking(release(), { chart: 'db' }), 1],
    [
      'an archive that is nested more deeply than can be written',
      k3s({ chartContent: nested(20_000) }),
      k3s({ chartContent: nested(20_001) }),
      1,
    ],
  ])('%s', (_what, before, after, count) => {
    expect(changedUses(uses(before), uses(after))).toHaveLength(count);
  });
});
