import { describe, expect, it } from 'vitest';
import { admissionWorld, pushApp } from '../admission/support.ts';
import { fixture } from '../support/fixtures.ts';
import { ask } from '../support/service.ts';
import { AUTHORIZED, createWorld } from '../support/world.ts';

// Asked for the tag "1-a.prov", Helm 3 and 4 fetch the provenance layer of the tag "1-a" and unpack it as the chart
// (pkg/getter/ocigetter.go). Whoever may push puts a signed chart under the one and any archive into the other.

const TAG = '1-a.prov';
const archive = await fixture('demo/app-1.2.3.tgz');
const prov = await fixture('demo/app-1.2.3.tgz.prov');

describe('a tag that ends with ".prov" is never judged by what stands under it', () => {
  it.each([
    ['in the reference', { reference: `oci://registry.test/charts/app:${TAG}` }],
    ['as the version', { reference: 'oci://registry.test/charts/app', version: TAG }],
    ['of a range', { reference: 'oci://registry.test/charts/app', version: '>=3.0.0-0' }],
    ['with build metadata', { reference: 'oci://registry.test/charts/app', version: '1.2.3+a.prov' }],
  ])('%s', async (_, body) => {
    const { registry, service } = await createWorld();
    for (const tag of [TAG, '3.0.0-a.prov', '1.2.3_a.prov']) {
      await registry.pushChart('charts/app', tag, { archive, prov });
    }
    const answer = await ask(service, body, AUTHORIZED);
    expect([answer.status, answer.body.code]).toEqual([422, 'reference.invalid']);
  });
});

const objects: Record<string, object> = {
  'HelmChart of k3s': {
    apiVersion: 'helm.cattle.io/v1',
    kind: 'HelmChart',
    metadata: { name: 'x', namespace: 'default' },
    spec: { chart: 'oci://registry.test/charts/app', version: TAG },
  },
  Application: {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'x', namespace: 'argocd' },
    spec: { source: { repoURL: 'registry.test/charts', chart: 'app', targetRevision: TAG } },
  },
  HelmChartProxy: {
    apiVersion: 'addons.cluster.x-k8s.io/v1alpha1',
    kind: 'HelmChartProxy',
    metadata: { name: 'x', namespace: 'default' },
    spec: { repoURL: 'oci://registry.test/charts', chartName: `app:${TAG}` },
  },
};

it.each(Object.entries(objects))('%s', async (_, object) => {
  const world = await admissionWorld();
  await pushApp(world.registry);
  await world.registry.pushChart('charts/app', TAG, { archive, prov });
  const response = await world.review(object);
  expect([response.allowed, response.status?.message.includes('.prov')]).toEqual([false, true]);
});

it('Flux reads such a version so, too, with a number that no signed version claims', async () => {
  const repository = {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'HelmRepository',
    metadata: { name: 'charts', namespace: 'default' },
    spec: { type: 'oci', url: 'oci://registry.test/charts' },
  };
  const world = await admissionWorld({
    reader: { get: async () => repository, list: async () => [] },
  });
  await world.registry.pushChart('charts/app', '01.2.3-a.prov', { archive, prov });
  const response = await world.review({
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name: 'x', namespace: 'default' },
    spec: {
      chart: {
        spec: {
          chart: 'app',
          version: '01.2.3-a.prov',
          sourceRef: { kind: 'HelmRepository', name: 'charts' },
        },
      },
    },
  });
  expect([response.allowed, response.status?.message.includes('.prov')]).toEqual([false, true]);
});
