import { expect, it } from 'vitest';
import { admissionWorld } from '../admission/support.ts';

// Whoever lets references and templates pass, as a webhook outside of the cluster has to for Flux, still refuses what was
// written so that it cannot be read.
const repository = (spec: object) => ({
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'OCIRepository',
  metadata: { name: 'app', namespace: 'default' },
  spec: { interval: '10m', url: 'oci://registry.test/charts/app', ...spec },
});
const application = (source: object) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'app', namespace: 'default' },
  spec: { source },
});

it.each([
  ['a range with a regular expression', repository({ ref: { semver: '*', semverFilter: '.*' } })],
  [
    'an url with a slash too many',
    repository({ url: 'oci://registry.test//charts/app', ref: { tag: '1.2.3' } }),
  ],
  ['a chart that is no text', application({ repoURL: 'registry.test/charts', chart: ['app'] })],
  ['a spec that is none', { ...repository({}), spec: ['app'] }],
  [
    'a version of the kind that nobody knows',
    { ...repository({}), apiVersion: 'source.toolkit.fluxcd.io/v9' },
  ],
])('%s is refused where references may stay unresolved', async (_, object) => {
  for (const unresolved of ['allow', 'warn'] as const) {
    const world = await admissionWorld({ admission: { unresolved } });
    const { allowed, status } = await world.review(object);
    expect([allowed, status?.message]).toEqual([false, expect.stringContaining('(k8s.unreadable: ')]);
  }
});

// "{{" in a url of a kind that has no templates means itself, and the controller installs from there.
const EVIL = 'https://evil.test/{{/charts';
const fleet = (kind: string, more: object) => ({
  apiVersion: 'fleet.cattle.io/v1alpha1',
  kind,
  metadata: { name: 'app', namespace: 'default' },
  spec: { helm: { repo: EVIL, chart: 'app', version: '1.0.0' }, ...more },
});
const proxy = (kind: string) => ({
  apiVersion: 'addons.cluster.x-k8s.io/v1alpha1',
  kind,
  metadata: { name: 'app', namespace: 'default' },
  spec: { repoURL: EVIL, chartName: 'app', version: '1.0.0' },
});

it.each([
  ['Application', application({ repoURL: EVIL, chart: 'app', targetRevision: '1.0.0' })],
  ['Application from Git', application({ repoURL: 'https://evil.test/{{/repo.git', path: '.' })],
  ['HelmChartProxy', proxy('HelmChartProxy')],
  ['HelmReleaseProxy', proxy('HelmReleaseProxy')],
  ['HelmOp', fleet('HelmOp', {})],
  ['Bundle', fleet('Bundle', { helmOpOptions: {} })],
])(
  '%s is in no registry, also with braces in its url where templates may stay unresolved',
  async (_, object) => {
    const world = await admissionWorld({ admission: { unresolved: 'allow' } });
    const { allowed, status } = await world.review(object);
    expect([allowed, status?.message]).toEqual([false, expect.stringContaining('(k8s.not_oci: ')]);
  },
);
