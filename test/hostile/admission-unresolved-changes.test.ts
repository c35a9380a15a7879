import { expect, it } from 'vitest';
import { changedUses } from '../../src/admission/changed-uses.ts';
import { readUses } from '../../src/admission/read-uses.ts';

// Objects may be there that nobody could resolve: from the time before the webhook, or admitted with a warning. Whoever
// changes one must not get another chart in because the same is said of it as before.

const D1 = `sha256:${'1'.repeat(64)}`;
const D2 = `sha256:${'2'.repeat(64)}`;
const HOST = 'oci://registry.example.com';
const long = 'x'.repeat(300);

const of = (apiVersion: string, kind: string, spec: unknown, more: object = {}) => ({
  apiVersion,
  kind,
  metadata: { name: 'it', namespace: 'team' },
  spec,
  ...more,
});
const oci = (spec: object, version = 'v1') =>
  of(`source.toolkit.fluxcd.io/${version}`, 'OCIRepository', spec);
const k3s = (spec: object) => of('helm.cattle.io/v1', 'HelmChart', spec);
const release = (chart: object) => of('helm.crossplane.io/v1beta1', 'Release', { forProvider: { chart } });
const profile = (...helmCharts: object[]) =>
  of('config.projectsveltos.io/v1beta1', 'ClusterProfile', { helmCharts });
const app = (...fetch: object[]) => of('kappctrl.k14s.io/v1alpha1', 'App', { fetch });
const helm = (version: string, url = `${HOST}/a`) => ({
  helmChart: { name: 'app', version, repository: { url } },
});
const argo = (spec: object, more: object = {}) => of('argoproj.io/v1alpha1', 'Application', spec, more);
const source = (chart: string) => ({ repoURL: 'registry.example.com', chart, targetRevision: '{{x}}' });
const many = (name: string) => Array.from({ length: 150 }, (_, i) => helm(`1.${i}.0`, `${HOST}/${name}`));

it.each<[string, object, object]>([
  ['a version of the API', oci({ url: `${HOST}/a` }, 'v9'), oci({ url: `${HOST}/b` }, 'v9')],
  [
    'a filter of tags',
    oci({ url: `${HOST}/a`, ref: { semver: '*', semverFilter: '.*' } }),
    oci({ url: `${HOST}/b`, ref: { semver: '*', semverFilter: '.*' } }),
  ],
  [
    'a range that is none',
    oci({ url: `${HOST}/a`, ref: { semver: 'x y' } }),
    oci({ url: `${HOST}/b`, ref: { semver: 'x y' } }),
  ],
  ['a url, told apart behind what is shown', oci({ url: `x${long}a` }), oci({ url: `x${long}b` })],
  [
    'two digests',
    release({ url: `${HOST}/a@${D1}`, digest: D2 }),
    release({ url: `${HOST}/b@${D1}`, digest: D2 }),
  ],
  [
    'what stands beside a template',
    profile({ repositoryURL: `${HOST}/a`, repositoryName: 'a', chartName: 'app', chartVersion: '{{ .v }}' }),
    profile({ repositoryURL: `${HOST}/b`, repositoryName: 'a', chartName: 'app', chartVersion: '{{ .v }}' }),
  ],
  ['what is no text', k3s({ chart: `${HOST}/a`, version: 1 }), k3s({ chart: `${HOST}/b`, version: 1 })],
  [
    'text that is too long',
    k3s({ chart: `${HOST}/${'a'.repeat(2000)}` }),
    k3s({ chart: `${HOST}/${'b'.repeat(2000)}` }),
  ],
  [
    'a version with spaces',
    k3s({ chart: `${HOST}/a`, version: '> 1' }),
    k3s({ chart: `${HOST}/b`, version: '> 1' }),
  ],
  ['a template of a job', k3s({ chart: `${HOST}/a%{x}` }), k3s({ chart: `${HOST}/b%{x}` })],
  ['no version', app(helm('', `${HOST}/a`)), app(helm('', `${HOST}/b`))],
  [
    'a selection of tags',
    app({ image: { url: 'h.example/a', tagSelection: {} } }),
    app({ image: { url: 'h.example/b', tagSelection: {} } }),
  ],
  ['a list that is too long', app(...many('a')), app(...many('b'))],
  ['what is no known source', app({ new: { url: 'a' } }), app({ new: { url: 'b' } })],
  ['a source with a template', argo({ source: source('a') }), argo({ source: source('b') })],
  [
    'revisions that are none',
    argo({}, { operation: { sync: { revisions: 7, source: source('a') } } }),
    argo({}, { operation: { sync: { revisions: 7, source: source('b') } } }),
  ],
  ['a spec that is none', argo(['a']), argo(['b'])],
  [
    'an unknown source',
    of('source.toolkit.fluxcd.io/v1', 'HelmChart', { chart: 'a', sourceRef: { kind: 'X', name: 'x' } }),
    of('source.toolkit.fluxcd.io/v1', 'HelmChart', { chart: 'b', sourceRef: { kind: 'X', name: 'x' } }),
  ],
  [
    'a Package that is chosen later',
    of('packaging.carvel.dev/v1alpha1', 'PackageInstall', {
      packageRef: { refName: 'x', versionSelection: '1' },
    }),
    of('packaging.carvel.dev/v1alpha1', 'PackageInstall', {
      packageRef: { refName: 'x', versionSelection: '2' },
    }),
  ],
])('%s', (_, before, after) => {
  const uses = (object: object) => readUses(object)?.uses ?? [];
  expect(uses(before).map(({ state }) => state)).toContain('unresolved');
  expect(changedUses(uses(before), uses(after)).length).toBeGreaterThan(0);
  expect(changedUses(uses(before), uses(structuredClone(before)))).toEqual([]);
  // What says nothing of charts changes nothing: labels, finalizers, a status.
  const touched = { ...before, metadata: { name: 'it', labels: { a: 'b' } }, status: { conditions: [] } };
  expect(changedUses(uses(before), uses(touched))).toEqual([]);
});
