import { expect, it } from 'vitest';
import { admissionWorld, pushApp } from '../admission/support.ts';

// Whoever may write an object may also add a finalizer to it and delete it: then it stays, with a deletionTimestamp, for
// as long as he likes. Some controllers go on to install what such an object names.

const gone = { deletionTimestamp: '2026-11-23T12:00:00Z', finalizers: ['attacker.example/keep'] };
const SOURCES = 'source.toolkit.fluxcd.io';

const application = (chart: string, more: object = {}, metadata: object = {}) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'app', namespace: 'default', ...metadata },
  spec: { source: { repoURL: 'registry.test/charts', chart, targetRevision: '1.2.3' } },
  ...more,
});
const helmRepository = (path: string, metadata: object = {}) => ({
  apiVersion: `${SOURCES}/v1`,
  kind: 'HelmRepository',
  metadata: { name: 'charts', namespace: 'default', ...metadata },
  spec: { type: 'oci', url: `oci://registry.test/${path}` },
});
const deployment = (chart: string, metadata: object = {}) => ({
  apiVersion: 'fleet.cattle.io/v1alpha1',
  kind: 'BundleDeployment',
  metadata: { name: 'app', namespace: 'default', ...metadata },
  spec: {
    deploymentID: 'x',
    helmChartOptions: {},
    options: { helm: { repo: `oci://registry.test/charts/${chart}`, version: '1.2.3' } },
  },
});
const helmRelease = {
  apiVersion: 'helm.toolkit.fluxcd.io/v2',
  kind: 'HelmRelease',
  metadata: { name: 'app', namespace: 'default' },
  spec: {
    chart: {
      spec: { chart: 'app', version: '1.2.3', sourceRef: { kind: 'HelmRepository', name: 'charts' } },
    },
  },
};
const evilSync = {
  operation: { sync: { source: { repoURL: 'registry.test/evil', chart: 'app', targetRevision: '1.2.3' } } },
};

const CASES: [string, object, object][] = [
  [
    'an operation of Argo CD, which is begun before the deletion goes on',
    application('app', {}, gone),
    application('app', evilSync, gone),
  ],
  [
    'the source of an Application, whose hooks of the deletion are rendered from it',
    application('app', {}, gone),
    application('other', {}, { ...gone, finalizers: ['post-delete-finalizer.argocd.argoproj.io'] }),
  ],
  [
    'a HelmRepository, which HelmCharts read until it is gone',
    helmRepository('charts', gone),
    helmRepository('evil', gone),
  ],
  [
    'a BundleDeployment of Fleet, which is deployed until it is gone',
    deployment('app', gone),
    deployment('other', gone),
  ],
];

it.each(CASES)('a change of %s is judged', async (_, oldObject, object) => {
  const reader = { get: async () => undefined, list: async () => [helmRelease] };
  const world = await admissionWorld({ reader });
  await pushApp(world.registry);
  await pushApp(world.registry, 'evil/app', false);
  for (const mode of ['validate', 'mutate']) {
    const response = await world.review(object, { operation: 'UPDATE', oldObject }, mode);
    expect([mode, response.allowed]).toEqual([mode, false]);
  }
});

it.each(CASES)('and giving up the finalizers is not held up by anything: %s', async (_, oldObject) => {
  const world = await admissionWorld();
  const { metadata, ...rest } = oldObject as { metadata: object };
  const object = { ...rest, metadata: { ...metadata, finalizers: [] } };
  expect(await world.review(object, { operation: 'UPDATE', oldObject })).toEqual({
    uid: 'a-uid',
    allowed: true,
  });
  expect(world.registry.requests).toEqual([]);
});
