import { describe, expect, it } from 'vitest';
import { shownUrl } from '../../src/admission/shown-url.ts';
import { admissionWorld } from '../admission/support.ts';

// People write credentials into the URLs of objects. They must not come out in the message to somebody who refers to
// such an object from another namespace, in a warning, an audit log or the log of this service.

const SECRET = 'hunter2-token';
const HTTP = `https://user:${SECRET}@charts.test/x`;
const of = (apiVersion: string, kind: string, spec: object) => ({
  apiVersion,
  kind,
  metadata: { name: 'x', namespace: 'team' },
  spec,
});
const argo = (source: object) => of('argoproj.io/v1alpha1', 'Application', { source });
const app = (source: object) => of('kappctrl.k14s.io/v1alpha1', 'App', { fetch: [source] });

const OBJECTS: [string, object][] = [
  ['a repository of Git', argo({ repoURL: HTTP, path: '.' })],
  ['a repository of charts', argo({ repoURL: HTTP, chart: 'app', targetRevision: '1' })],
  [
    'a template',
    of('argoproj.io/v1alpha1', 'ApplicationSet', {
      template: { spec: { source: { repoURL: `https://user:${SECRET}@{{h}}/x` } } },
    }),
  ],
  ['a registry', argo({ repoURL: `oci://user:${SECRET}@registry.test/charts`, targetRevision: '1' })],
  [
    'a registry, with a slash in the password',
    argo({ repoURL: `oci://user:a/${SECRET}@registry.test/charts`, targetRevision: '1' }),
  ],
  [
    'a registry without scheme',
    argo({ repoURL: `user:${SECRET}@registry.test`, chart: 'app', targetRevision: '1' }),
  ],
  ['an OCIRepository', of('source.toolkit.fluxcd.io/v1', 'OCIRepository', { url: HTTP })],
  ['HelmChart of k3s', of('helm.cattle.io/v1', 'HelmChart', { chart: 'app', repo: HTTP })],
  ['an archive', of('helm.cattle.io/v1', 'HelmChart', { chart: HTTP })],
  ['GitRepo', of('fleet.cattle.io/v1alpha1', 'GitRepo', { repo: HTTP })],
  ['HelmOp', of('fleet.cattle.io/v1alpha1', 'HelmOp', { helm: { repo: HTTP, chart: 'app' } })],
  ['Release', of('helm.crossplane.io/v1beta1', 'Release', { forProvider: { chart: { url: HTTP } } })],
  [
    'HelmChartProxy',
    of('addons.cluster.x-k8s.io/v1alpha1', 'HelmChartProxy', { repoURL: HTTP, chartName: 'app' }),
  ],
  [
    'Profile',
    of('config.projectsveltos.io/v1beta1', 'Profile', {
      helmCharts: [{ repositoryURL: HTTP, chartName: 'a/b' }],
    }),
  ],
  [
    'a source of Flux',
    of('config.projectsveltos.io/v1beta1', 'Profile', {
      helmCharts: [{ repositoryURL: `gitrepository://u:${SECRET}@x/y/z` }],
    }),
  ],
  ['App', app({ git: { url: HTTP } })],
  ['a chart of App', app({ helmChart: { name: 'a', repository: { url: HTTP } } })],
];

describe.each(['deny', 'warn'])('a password in the url of an object, by rules that %s', (decision) => {
  it.each(OBJECTS)('%s', async (_, object) => {
    const world = await admissionWorld({
      admission: { notOci: decision, unresolved: decision, unreadable: decision },
    });
    const response = await world.review(object);
    expect([response.allowed, response.warnings?.length ?? 0]).toEqual([
      decision === 'warn',
      decision === 'warn' ? 1 : 0,
    ]);
    expect(JSON.stringify([response, world.lines])).not.toContain('hunter2');
  });

  it('of an object that others refer to', async () => {
    const repository = of('source.toolkit.fluxcd.io/v1', 'HelmRepository', { url: HTTP });
    const world = await admissionWorld({
      admission: { notOci: decision, unresolved: decision, unreadable: decision },
      reader: { get: async () => repository, list: async () => [] },
    });
    const sourceRef = { kind: 'HelmRepository', name: 'x', namespace: 'team' };
    const release = of('helm.toolkit.fluxcd.io/v2', 'HelmRelease', {
      chart: { spec: { chart: 'app', sourceRef } },
    });
    for (const more of [{}, { type: 'oci' }]) {
      Object.assign(repository.spec, more);
      expect(JSON.stringify([await world.review(release), world.lines])).not.toContain('hunter2');
    }
  });
});

it('a key of Gatekeeper', async () => {
  const world = await admissionWorld();
  for (const key of [HTTP, `oci://u:${SECRET}@registry.test/a:1`, `u:${SECRET}@registry.test/a:1`]) {
    const [item] = (await world.provide([key])).items;
    // The key comes back as it was sent, or Gatekeeper would not find it.
    expect(item.key).toBe(key);
    expect(JSON.stringify([item.error, world.lines])).not.toContain('hunter2');
  }
});

it('what is no password stays', () => {
  const digest = `sha256:${'d'.repeat(64)}`;
  for (const text of [
    'https://git.test/a/b.git',
    'git@git.test:a/b.git',
    `oci://registry.test:5000/a:1@${digest}`,
    `registry.test:5000/a@${digest}`,
    '^1.2',
  ]) {
    expect(shownUrl(text)).toBe(text.length > 200 ? `${text.slice(0, 200)}…` : text);
  }
  expect(shownUrl(`https://token@git.test/${'x'.repeat(300)}`)).toMatch(/^https:\/\/…@git\.test/);
  expect(shownUrl(':'.repeat(1_000_000))).toHaveLength(201);
});
