import { expect, it } from 'vitest';
import { admissionWorld, pushApp } from '../admission/support.ts';
import { ask } from '../support/service.ts';
import { AUTHORIZED, createWorld, pushGood } from '../support/world.ts';

// " 1.2 " is the tag 1.2 to "helm install" and to the controllers that locate charts as it does, and a range to "helm
// pull" and to those that call that. Whoever may push the tag 1.2 must not get it in by the highest signed 1.2.x.

const objects = (version: string): [string, object][] => [
  [
    'HelmChartProxy',
    {
      apiVersion: 'addons.cluster.x-k8s.io/v1alpha1',
      kind: 'HelmChartProxy',
      metadata: { name: 'x', namespace: 'default' },
      spec: { repoURL: 'oci://registry.test/charts', chartName: 'app', version },
    },
  ],
  [
    'ClusterProfile',
    {
      apiVersion: 'config.projectsveltos.io/v1beta1',
      kind: 'ClusterProfile',
      metadata: { name: 'x' },
      spec: {
        helmCharts: [
          { repositoryURL: 'oci://registry.test/charts', chartName: 'app', chartVersion: version },
        ],
      },
    },
  ],
];

it.each([' 1.2', '1.2 ', '\t1.2\n'].flatMap(objects))('%s', async (_, object) => {
  const world = await admissionWorld({ admission: { ranges: 'allow', unresolved: 'allow' } });
  await pushApp(world.registry);
  expect((await world.review(object)).allowed).toBe(true);
  await world.registry.pushChart('charts/app', '1.2', { archive: new Uint8Array(9) });
  expect((await world.review(object)).allowed).toBe(false);
});

it.each(objects(' >=1.2, <2 '))('%s with spaces around a range, which all read alike', async (_, object) => {
  const world = await admissionWorld({ admission: { ranges: 'allow' } });
  await pushApp(world.registry);
  expect((await world.review(object)).allowed).toBe(true);
});

it('as the version of a reference', async () => {
  const { registry, service } = await createWorld();
  await pushGood(registry);
  const body = { reference: 'oci://registry.test/charts/app', version: ' 1.2 ' };
  const answer = await ask(service, body, AUTHORIZED);
  expect([answer.status, answer.body.code]).toEqual([422, 'reference.version_invalid']);
});
