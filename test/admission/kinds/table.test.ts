import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KINDS } from '../../../src/admission/kinds/index.ts';
import { cluster, DIGEST, HOST, type Json, object, outcome } from './support.ts';

const REPO = `oci://${HOST}/charts`;

/** One chart as a cell of the table asks for it. */
interface Chart {
  /** Empty: none is written. */
  version: string;
  digest?: string;
  /** `oci://…` or `https://…`, without the chart's name. */
  repo: string;
  name: string;
}

const chart = (version: string, more: Partial<Chart> = {}): Chart => ({
  version,
  repo: REPO,
  name: 'app',
  ...more,
});

const CELLS = {
  exact: [chart('1.2.3')],
  range: [chart('^1.2')],
  digest: [chart('', { digest: DIGEST })],
  build: [chart('2.0.0+b1')],
  missing: [chart('')],
  http: [chart('1.2.3', { repo: 'https://charts.example.com' })],
  several: [chart('1.2.3'), chart('1.0.0', { name: 'db' })],
  templated: [chart('{{ .version }}')],
} satisfies Record<string, Chart[]>;

type Cell = keyof typeof CELLS;

/** What a kind cannot say at all. */
const CANNOT = undefined;

interface Row {
  /** The objects: the one that is reviewed, and those that stand in the cluster already. */
  make(charts: Chart[]): Json | [Json, ...Json[]];
  /** CANNOT: the kind has no way to say this. */
  expected: Record<Cell, string[] | undefined>;
}

// What Helm makes of a version, and what most controllers leave to Helm.
const HELM = {
  exact: ['tag charts/app:1.2.3'],
  range: ['range charts/app:1.3.0'],
  digest: CANNOT,
  build: ['tag charts/app --version 2.0.0+b1'],
  missing: ['range charts/app --version 2.0.0+b1'],
  http: ['not-oci http'],
  several: CANNOT,
  templated: ['unresolved invalid'],
} satisfies Row['expected'];

const nothing = (what: string[]): Row['expected'] =>
  Object.fromEntries(Object.keys(CELLS).map((cell) => [cell, what])) as Row['expected'];

const first = ([one]: Chart[]): Chart => one ?? chart('');
const whole = ({ repo, name }: Chart) => `${repo}/${name}`;
const fluxRepository = ({ repo }: Chart): Json =>
  object('source.toolkit.fluxcd.io/v1', 'HelmRepository', {
    url: repo,
    ...(repo.startsWith('oci:') ? { type: 'oci' } : {}),
  });
const sourceRef = { kind: 'HelmRepository', name: 'it' };
const version = ({ version: text }: Chart) => (text === '' ? {} : { version: text });

const sveltos = (kind: string, wrap: (spec: Json) => Json): Row => ({
  make: (charts) =>
    object(
      'config.projectsveltos.io/v1beta1',
      kind,
      wrap({
        helmCharts: charts.map(({ repo, name, version: chartVersion }) => ({
          repositoryURL: repo,
          repositoryName: 'ours',
          chartName: repo.startsWith('oci:') ? name : `ours/${name}`,
          ...(chartVersion === '' ? {} : { chartVersion }),
        })),
      }),
    ),
  expected: {
    ...HELM,
    several: ['tag charts/app:1.2.3', 'tag charts/db:1.0.0'],
    templated: ['unresolved templated'],
  },
});

const crossplane = (apiVersion: string): Row => ({
  make: (charts) => {
    const { repo, name, digest, version: text } = first(charts);
    const spec = {
      repository: repo,
      name,
      ...(text === '' ? {} : { version: text }),
      ...(digest ? { digest } : {}),
    };
    return object(apiVersion, 'Release', { forProvider: { chart: spec } });
  },
  expected: { ...HELM, digest: ['digest charts/app@DIGEST'] },
});

const capi = (kind: string): Row => ({
  make: (charts) => {
    const one = first(charts);
    const spec = { repoURL: one.repo, chartName: one.name, ...version(one) };
    return object('addons.cluster.x-k8s.io/v1alpha1', kind, spec);
  },
  expected: HELM,
});

const fleetHelm = (one: Chart) =>
  one.repo.startsWith('oci:')
    ? { repo: whole(one), ...version(one) }
    : { repo: one.repo, chart: one.name, ...version(one) };

const kapp = (apiVersion: string, kind: string, wrap: (spec: Json) => Json): Row => ({
  make: (charts) =>
    object(
      apiVersion,
      kind,
      wrap({
        fetch: charts.map((one) => ({
          helmChart: { name: one.name, repository: { url: one.repo }, ...version(one) },
        })),
      }),
    ),
  expected: {
    ...HELM,
    missing: ['unresolved invalid'],
    several: ['tag charts/app:1.2.3', 'tag charts/db:1.0.0'],
  },
});

const argoSources = (charts: Chart[]): Json => {
  const sources = charts.map(({ repo, name, version: text, digest }) =>
    digest === undefined
      ? { repoURL: repo.replace('oci://', ''), chart: name, targetRevision: text }
      : { repoURL: `${repo}/${name}`, path: '.', targetRevision: digest },
  );
  return sources.length > 1 ? { sources } : { source: sources[0] };
};
const ARGO = {
  exact: ['tag charts/app:1.2.3'],
  // Tags are read loosely: v1.4.0 is in the range, which Helm does not see.
  range: ['range charts/app:v1.4.0'],
  digest: ['digest charts/app@DIGEST'],
  build: ['tag charts/app --version 2.0.0+b1'],
  missing: ['unresolved invalid'],
  http: ['not-oci http'],
  several: ['tag charts/app:1.2.3', 'tag charts/db:1.0.0'],
  templated: ['unresolved invalid'],
} satisfies Row['expected'];

const ROWS: Record<string, Row> = {
  'HelmRelease with chart': {
    make: (charts) => [
      object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', {
        chart: { spec: { chart: first(charts).name, sourceRef, ...version(first(charts)) } },
      }),
      fluxRepository(first(charts)),
    ],
    expected: HELM,
  },
  'HelmRelease with chartRef': {
    make: (charts) => [
      object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', { chartRef: { kind: 'HelmChart', name: 'it' } }),
      object('source.toolkit.fluxcd.io/v1', 'HelmChart', {
        chart: first(charts).name,
        sourceRef,
        ...version(first(charts)),
      }),
      fluxRepository(first(charts)),
    ],
    expected: HELM,
  },
  HelmChart: {
    make: (charts) => [
      object('source.toolkit.fluxcd.io/v1', 'HelmChart', {
        chart: first(charts).name,
        sourceRef,
        ...version(first(charts)),
      }),
      fluxRepository(first(charts)),
    ],
    expected: HELM,
  },
  OCIRepository: {
    make: (charts) => {
      const one = first(charts);
      const isRange = one.version.startsWith('^');
      const ref = { ...(isRange ? { semver: one.version } : { tag: one.version }), digest: one.digest ?? '' };
      return object('source.toolkit.fluxcd.io/v1', 'OCIRepository', { url: whole(one), ref });
    },
    expected: {
      ...HELM,
      range: ['range charts/app:v1.4.0'],
      digest: ['digest charts/app@DIGEST'],
      // The tag goes to the registry as it is, and no tag has a plus.
      build: ['unresolved invalid'],
      missing: ['tag charts/app:latest'],
      http: ['unresolved invalid'],
    },
  },
  HelmRepository: { make: (charts) => fluxRepository(first(charts)), expected: nothing([]) },
  Application: {
    make: (charts) => object('argoproj.io/v1alpha1', 'Application', argoSources(charts)),
    expected: ARGO,
  },
  'Application with native OCI sources': {
    make: (charts) => {
      const sources = charts.map((one) => ({
        repoURL: whole(one),
        path: '.',
        targetRevision: one.digest ?? one.version,
      }));
      return object(
        'argoproj.io/v1alpha1',
        'Application',
        sources.length > 1 ? { sources } : { source: sources[0] },
      );
    },
    expected: {
      ...ARGO,
      // No tag has a plus, and Argo CD makes no other of it.
      build: ['unresolved invalid'],
      // Without a chart it is a repository of Git.
      http: ['not-oci git'],
    },
  },
  'Application with an operation': {
    make: (charts) =>
      object(
        'argoproj.io/v1alpha1',
        'Application',
        { source: { repoURL: `${REPO}/app`, targetRevision: DIGEST } },
        { operation: { sync: argoSources(charts) } },
      ),
    expected: Object.fromEntries(
      Object.entries(ARGO).map(([cell, uses]) => [
        cell,
        cell === 'digest' ? uses : ['digest charts/app@DIGEST', ...uses],
      ]),
    ) as Row['expected'],
  },
  ApplicationSet: {
    make: (charts) =>
      object('argoproj.io/v1alpha1', 'ApplicationSet', { template: { spec: argoSources(charts) } }),
    expected: { ...ARGO, missing: ['unresolved templated'], templated: ['unresolved templated'] },
  },
  'HelmChart of k3s': {
    make: (charts) => {
      const one = first(charts);
      const spec = one.repo.startsWith('oci:')
        ? { chart: `${whole(one)}${one.digest ? `@${one.digest}` : ''}`, ...version(one) }
        : { chart: one.name, repo: one.repo, ...version(one) };
      return object('helm.cattle.io/v1', 'HelmChart', spec);
    },
    expected: { ...HELM, digest: ['digest charts/app@DIGEST'] },
  },
  HelmOp: {
    make: (charts) => {
      const [one = chart(''), ...others] = charts;
      const targets = others.map((other) => ({ helm: fleetHelm(other) }));
      return object('fleet.cattle.io/v1alpha1', 'HelmOp', { helm: fleetHelm(one), targets });
    },
    expected: {
      ...HELM,
      range: ['range charts/app:v1.4.0'],
      // Fleet compares tags as they are: no tag is 2.0.0+b1, and 2.0.0_b1 is no version.
      build: ['failed chart.no_matching_version'],
      missing: ['range charts/app:v1.4.0'],
      several: ['tag charts/app:1.2.3', 'tag charts/db:1.0.0'],
    },
  },
  Bundle: {
    make: (charts) => {
      const [one = chart(''), ...others] = charts;
      const targets = others.map((other) => ({ helm: fleetHelm(other) }));
      return object('fleet.cattle.io/v1alpha1', 'Bundle', {
        helmOpOptions: {},
        helm: fleetHelm(one),
        targets,
      });
    },
    expected: {
      ...HELM,
      several: ['tag charts/app:1.2.3', 'tag charts/db:1.0.0'],
    },
  },
  BundleDeployment: {
    make: ([one = chart(''), other]) =>
      object('fleet.cattle.io/v1alpha1', 'BundleDeployment', {
        helmChartOptions: {},
        options: { helm: fleetHelm(one) },
        ...(other === undefined ? {} : { stagedOptions: { helm: fleetHelm(other) } }),
      }),
    expected: {
      ...HELM,
      several: ['tag charts/app:1.2.3', 'tag charts/db:1.0.0'],
    },
  },
  GitRepo: {
    make: () => object('fleet.cattle.io/v1alpha1', 'GitRepo', { repo: 'https://git.example.com/fleet' }),
    expected: nothing(['not-oci git']),
  },
  'Release of the cluster': crossplane('helm.crossplane.io/v1beta1'),
  'Release of a namespace': crossplane('helm.m.crossplane.io/v1beta1'),
  HelmChartProxy: capi('HelmChartProxy'),
  HelmReleaseProxy: capi('HelmReleaseProxy'),
  ClusterProfile: sveltos('ClusterProfile', (spec) => spec),
  Profile: sveltos('Profile', (spec) => spec),
  ClusterPromotion: sveltos('ClusterPromotion', (spec) => ({ profileSpec: spec, stages: [] })),
  ClusterSummary: sveltos('ClusterSummary', (spec) => ({ clusterProfileSpec: spec })),
  App: kapp('kappctrl.k14s.io/v1alpha1', 'App', (spec) => spec),
  Package: kapp('data.packaging.carvel.dev/v1alpha1', 'Package', (spec) => ({ template: { spec } })),
  PackageInstall: {
    make: () =>
      object('packaging.carvel.dev/v1alpha1', 'PackageInstall', {
        packageRef: { refName: 'app.example.com' },
      }),
    expected: nothing(['unresolved reference']),
  },
};

describe.each(Object.entries(ROWS))('%s', (_name, { make, expected }) => {
  it.each(Object.keys(CELLS) as Cell[])('%s', async (cell) => {
    const wanted = expected[cell];
    if (wanted === CANNOT) return;
    const made = make(CELLS[cell]);
    const [reviewed, ...others] = Array.isArray(made) ? made : [made];
    expect(await outcome(reviewed, cluster(...others))).toEqual(wanted);
  });
});

describe('the table', () => {
  it('has every kind', () => {
    const rows = new Set(
      Object.values(ROWS).map(({ make }) => {
        const made = make(CELLS.exact);
        const one = Array.isArray(made) ? made[0] : made;
        return `${String(one.apiVersion).split('/')[0]} ${one.kind}`;
      }),
    );
    expect(KINDS.map(({ group, kind }) => `${group} ${kind}`).filter((one) => !rows.has(one))).toEqual([]);
  });

  it('is written down for people', () => {
    const docs = readFileSync(new URL('../../../docs/kubernetes-kinds.md', import.meta.url), 'utf8');
    expect(KINDS.filter(({ group }) => !docs.includes(group))).toEqual([]);
    expect(KINDS.filter(({ kind }) => !docs.includes(`\`${kind}\``))).toEqual([]);
  });

  it('knows each kind once, by group and name and by group and plural', () => {
    expect(new Set(KINDS.map(({ group, kind }) => `${group} ${kind}`)).size).toBe(KINDS.length);
    expect(new Set(KINDS.map(({ group, resource }) => `${group} ${resource}`)).size).toBe(KINDS.length);
  });
});
