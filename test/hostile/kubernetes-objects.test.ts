import { describe, expect, it } from 'vitest';
import { changedUses } from '../../src/admission/changed-uses.ts';
import { findDependants, movesDependants, refOf } from '../../src/admission/find-dependants.ts';
import { KINDS } from '../../src/admission/kinds/index.ts';
import { pinPatch } from '../../src/admission/pin-patch.ts';
import { readUses } from '../../src/admission/read-uses.ts';
import { readUsesToPin } from '../../src/admission/read-uses-to-pin.ts';
import { resolveUses } from '../../src/admission/resolve-uses.ts';
import { mutateJson } from '../support/mutate-json.ts';

const DIGEST = `sha256:${'d'.repeat(64)}`;
const CHART = 'oci://registry.example.com/charts/app';

const REGISTRY = 'oci://registry.example.com/charts';
const helm = { repo: CHART, chart: '', version: '1.2.3' };
const native = { repoURL: CHART, chart: '', targetRevision: '1.2.3', path: '.', ref: '' };
const pulled = { repoURL: 'registry.example.com/charts', chart: 'app', targetRevision: '^1' };
const sourceRef = { kind: 'HelmRepository', name: 'it', namespace: 'x' };
const fetch = [
  { helmChart: { name: 'app', version: '1', repository: { url: REGISTRY } }, image: { url: 'a/b' } },
  { imgpkgBundle: { image: 'a/b' }, git: { url: 'x' }, http: { url: 'x' }, inline: {} },
];
const charts = {
  helmCharts: [{ repositoryURL: REGISTRY, repositoryName: 'a', chartName: 'a/b', chartVersion: '1' }],
};
const sync = { source: native, sources: [pulled], revision: '1', revisions: ['1'], manifests: [] };
const release = {
  forProvider: { chart: { repository: REGISTRY, name: 'app', url: '', version: '', digest: '' } },
};

/** What each kind reads, by its group and name. */
const SPECS: Record<string, object> = {
  'helm.toolkit.fluxcd.io HelmRelease': {
    chart: { spec: { chart: 'app', version: '1.2.3', sourceRef } },
    chartRef: { kind: 'OCIRepository', name: 'it', namespace: 'x' },
  },
  'source.toolkit.fluxcd.io HelmChart': { chart: 'app', version: '^1', sourceRef },
  'source.toolkit.fluxcd.io HelmRepository': { type: 'oci', url: REGISTRY },
  'source.toolkit.fluxcd.io OCIRepository': {
    url: CHART,
    ref: { tag: '1.2.3', semver: '', semverFilter: '', digest: DIGEST },
    layerSelector: { mediaType: '' },
  },
  'argoproj.io Application': {
    source: native,
    sources: [pulled],
    sourceHydrator: { drySource: native, syncSource: { repoURL: '' } },
  },
  'argoproj.io ApplicationSet': {
    template: { spec: { source: native } },
    templatePatch: '',
    generators: [{ list: { template: { spec: { source: { targetRevision: '1.0.0' } } } } }],
  },
  'helm.cattle.io HelmChart': { chart: CHART, repo: '', version: '1.2.3', chartContent: '' },
  'fleet.cattle.io HelmOp': { helm, targets: [{ helm: { version: '1.0.0' } }] },
  'fleet.cattle.io Bundle': { helmOpOptions: {}, helm, targets: [{ helm }], resources: [], contentsId: '' },
  'fleet.cattle.io BundleDeployment': {
    helmChartOptions: {},
    ociContents: false,
    deploymentID: 'x',
    options: { helm },
    stagedOptions: { helm },
  },
  'fleet.cattle.io GitRepo': { repo: 'https://git.example.com' },
  'helm.crossplane.io Release': release,
  'helm.m.crossplane.io Release': release,
  'addons.cluster.x-k8s.io HelmChartProxy': { repoURL: REGISTRY, chartName: 'app', version: '1' },
  'addons.cluster.x-k8s.io HelmReleaseProxy': { repoURL: REGISTRY, chartName: 'app', version: '1' },
  'config.projectsveltos.io ClusterProfile': charts,
  'config.projectsveltos.io Profile': charts,
  'config.projectsveltos.io ClusterPromotion': { profileSpec: charts },
  'config.projectsveltos.io ClusterSummary': { clusterProfileSpec: charts },
  'kappctrl.k14s.io App': { fetch },
  'data.packaging.carvel.dev Package': { template: { spec: { fetch } } },
  'packaging.carvel.dev PackageInstall': { packageRef: { refName: 'x' } },
};

const OBJECTS = KINDS.map(({ group, versions, kind }) => ({
  apiVersion: `${group}/${versions[0]}`,
  kind,
  metadata: {
    name: 'it',
    namespace: 'x',
    annotations: { 'chartseal.dev/digest.spec': `${DIGEST} ${CHART} 1` },
  },
  spec: SPECS[`${group} ${kind}`] as Record<string, unknown>,
  ...(kind === 'Application'
    ? {
        operation: { sync },
        status: { operationState: { phase: 'Running', operation: { sync }, syncResult: sync } },
      }
    : {}),
}));

/** Everything that is done with an object; none of it may throw. */
async function all(object: unknown, stored: unknown = object): Promise<number> {
  const read = readUses(object, 'x');
  const toPin = readUsesToPin(object, 'x', stored);
  const uses = read?.uses ?? [];
  const resolved = await resolveUses(uses, {
    reader: { get: async () => stored },
    listTags: async () => ['1.0.0', 'v1.1.0'],
  });
  const named = (toPin?.uses ?? []).filter((use) => use.state === 'oci');
  const pinnings = named.map((use) => ({ use, digest: DIGEST }));
  pinPatch(object, pinnings, { ranges: true, drift: true });
  changedUses(uses, toPin?.uses ?? []);
  for (const kind of KINDS.filter(({ dependants }) => dependants)) {
    movesDependants(kind, stored, object);
    const ref = refOf(kind, object);
    if (ref) await findDependants(kind, ref, { list: async () => [object, stored] });
  }
  return resolved.length;
}

const EVIL: unknown[] = [
  null,
  '',
  0,
  -1,
  1e300,
  true,
  [],
  {},
  [[]],
  { toString: 1 },
  'x'.repeat(5000),
  '\u0000',
  '{{x}}',
];

describe('objects of impossible shapes', () => {
  it.each(OBJECTS.map((object) => [`${object.kind} of ${object.apiVersion}`, object] as const))(
    '%s: every field of another type, missing, or harmful',
    async (_name, object) => {
      let next = 0;
      const mutants = mutateJson(JSON.stringify(object), () => EVIL[next++ % EVIL.length]);
      expect(mutants.length).toBeGreaterThan(100);
      for (const { text } of mutants) await all(JSON.parse(text), object);
    },
  );

  it('a referred object of an impossible shape', async () => {
    const release = OBJECTS.find(({ kind }) => kind === 'HelmRelease');
    const repository = {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmRepository',
      spec: SPECS['source.toolkit.fluxcd.io HelmRepository'],
    };
    for (const { text } of mutateJson(JSON.stringify(repository), (path) => path)) {
      expect(await all(release, JSON.parse(text))).toBeGreaterThan(0);
    }
    for (const odd of EVIL) await all(release, odd);
  });

  it.each([[7], ['x'], [[]], [true]])('a spec that is %j is unresolved in every kind', (spec) => {
    for (const object of OBJECTS) {
      expect(readUses({ ...object, spec })?.uses).toMatchObject([{ state: 'unresolved', at: 'spec' }]);
    }
  });

  it('keys of which the values cannot be made text', async () => {
    const odd = { toString: 1, valueOf: 1 };
    for (const object of OBJECTS) {
      for (const key of Object.keys(object)) await all({ ...object, [key]: odd });
      for (const key of Object.keys(object.spec))
        await all({ ...object, spec: { ...object.spec, [key]: odd } });
      await all({ ...object, metadata: { name: odd, namespace: odd, annotations: odd } });
    }
    const fetch = [{ git: { url: odd }, http: { url: odd } }];
    const app = { apiVersion: 'kappctrl.k14s.io/v1alpha1', kind: 'App', spec: { fetch } };
    expect(readUses(app)?.uses).toHaveLength(2);
  });

  it('what is no object at all', async () => {
    for (const odd of [...EVIL, undefined]) expect(await all(odd)).toBe(0);
  });

  // A field of the wrong type is no reason to let an object pass: it is unresolved, and says where.
  it.each([
    [
      'argoproj.io/v1alpha1',
      'Application',
      { source: { repoURL: 7, chart: 'app', targetRevision: '1' } },
      'spec.source.repoURL',
    ],
    ['argoproj.io/v1alpha1', 'Application', { sources: {} }, 'spec.sources'],
    ['argoproj.io/v1alpha1', 'Application', { sources: [7] }, 'spec.sources[0]'],
    ['argoproj.io/v1alpha1', 'Application', [], 'spec'],
    ['source.toolkit.fluxcd.io/v1', 'OCIRepository', { url: CHART, ref: 'latest' }, 'spec.ref'],
    ['source.toolkit.fluxcd.io/v1', 'OCIRepository', { url: CHART, ref: { digest: [] } }, 'spec.ref.digest'],
    ['helm.cattle.io/v1', 'HelmChart', { chart: [CHART] }, 'spec.chart'],
    [
      'config.projectsveltos.io/v1beta1',
      'ClusterSummary',
      { clusterProfileSpec: 7 },
      'spec.clusterProfileSpec',
    ],
    ['data.packaging.carvel.dev/v1alpha1', 'Package', { template: { spec: 7 } }, 'spec.template.spec'],
    ['fleet.cattle.io/v1alpha1', 'HelmOp', { helm: CHART }, 'spec.helm'],
    ['config.projectsveltos.io/v1beta1', 'Profile', { helmCharts: 'x' }, 'spec.helmCharts'],
    ['kappctrl.k14s.io/v1alpha1', 'App', { fetch: [{ helmChart: 'x' }] }, 'spec.fetch[0].helmChart'],
    [
      'helm.crossplane.io/v1beta1',
      'Release',
      { forProvider: { chart: { version: {} } } },
      'spec.forProvider.chart.version',
    ],
  ])('%s %s %j says %s', (apiVersion, kind, spec, at) => {
    expect(readUses({ apiVersion, kind, spec })?.uses).toMatchObject([{ state: 'unresolved', at }]);
  });
});

describe('keys that JavaScript objects have themselves', () => {
  it('name nothing, and change nothing of other objects', async () => {
    for (const { apiVersion, kind } of OBJECTS) {
      const text = `{"apiVersion":"${apiVersion}","kind":"${kind}","__proto__":{"spec":{"url":"${CHART}"}},
        "metadata":{"__proto__":{"annotations":{"a":"b"}}},
        "spec":{"__proto__":{"url":"${CHART}","source":{"repoURL":"${CHART}"}},"constructor":{"prototype":{"polluted":1}},
        "template":{"spec":{"__proto__":{"source":1}}},"generators":[{"list":{"template":{"spec":{"__proto__":{"polluted":1}}}}}]}}`;
      await all(JSON.parse(text));
      const uses = readUses(JSON.parse(text))?.uses ?? [];
      const shown = uses.map((use) => ({ ...use, content: undefined }));
      expect(JSON.stringify(shown)).not.toContain('registry.example.com');
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('objects of any size', () => {
  it('lists of which no object has so many', async () => {
    const many = (item: unknown) => Array.from({ length: 100_000 }, () => item);
    const lists = {
      sources: many(native),
      generators: many({}),
      targets: many({ helm: { version: '1' } }),
      helmCharts: many({}),
      fetch: many({}),
      resources: many({}),
    };
    for (const object of OBJECTS) {
      const { uses } = readUses({ ...object, spec: { ...object.spec, ...lists } })!;
      expect(uses.length).toBeLessThan(210);
    }
  });

  it('generators that multiply what is read', () => {
    const sources = Array.from({ length: 100 }, (_, i) => ({
      repoURL: 'h.example',
      chart: `c${i}`,
      targetRevision: '1.0.0',
    }));
    const generators = Array.from({ length: 100 }, (_, i) => ({
      list: {
        template: { spec: { sources: sources.map((source) => ({ ...source, targetRevision: `1.${i}.0` })) } },
      },
    }));
    const object = { apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet', spec: { generators } };
    expect(readUses(object)?.uses).toMatchObject([{ state: 'unresolved', reason: 'unsupported' }]);
  });

  it('nested more deeply than can be walked', async () => {
    const deep = JSON.parse(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`);
    for (const object of OBJECTS) {
      await all({ ...object, spec: deep });
      for (const key of Object.keys(object.spec))
        await all({ ...object, spec: { ...object.spec, [key]: deep } });
      await all({
        ...object,
        spec: { ...object.spec, source: deep, ref: deep, resources: [deep], chartContent: deep },
      });
      await all({
        ...object,
        spec: { template: { spec: deep }, generators: [{ list: { template: { spec: deep } } }] },
      });
    }
    // Content that cannot be compared has changed.
    const bundle = { apiVersion: 'fleet.cattle.io/v1alpha1', kind: 'Bundle', spec: { resources: [deep] } };
    const uses = () => readUses(bundle)?.uses ?? [];
    expect(changedUses(uses(), uses())).toHaveLength(1);
  });

  it('text of any length is neither shown nor judged', () => {
    const huge = 'x'.repeat(1_000_000);
    const object = {
      apiVersion: 'helm.cattle.io/v1',
      kind: 'HelmChart',
      spec: { chart: `${CHART}/${huge}` },
    };
    const [use] = readUses(object)?.uses ?? [];
    expect(use).toMatchObject({ state: 'unresolved' });
    expect(JSON.stringify({ ...use, content: undefined }).length).toBeLessThan(500);
  });

  it('foreign text in messages is cleaned', () => {
    const evil = 'a\u001b[31m\u202eb\n';
    const object = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'OCIRepository', spec: { url: evil } };
    const [use] = readUses(object)?.uses ?? [];
    expect(use).toMatchObject({ why: expect.not.stringMatching(/[\u0000-\u001f\u202e]/) });
  });
});
