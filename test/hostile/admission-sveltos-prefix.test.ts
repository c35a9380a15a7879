import { expect, it } from 'vitest';
import { admissionWorld, pushApp } from '../admission/support.ts';

// `chartName: NAME/app` beside `repositoryName: NAME` is charts/app to newer releases of Sveltos and charts/NAME/app to
// older ones (addon-controller#1505): whoever may push to the one must not get it in by the signature of the other.

const profile = (chart: object) => ({
  apiVersion: 'config.projectsveltos.io/v1beta1',
  kind: 'ClusterProfile',
  metadata: { name: 'app' },
  spec: { helmCharts: [{ repositoryURL: 'oci://registry.test/charts', chartVersion: '1.2.3', ...chart }] },
});

it.each([
  ['charts/app', 'charts/mine/app'],
  ['charts/mine/app', 'charts/app'],
])('with a signed chart in %s and another in %s', async (signed, other) => {
  const world = await admissionWorld();
  await pushApp(world.registry, signed);
  await pushApp(world.registry, other, false);
  const response = await world.review(profile({ repositoryName: 'mine', chartName: 'mine/app' }));
  expect([response.allowed, response.status?.message.includes('write it without "mine/"')]).toEqual([
    false,
    true,
  ]);
  expect(world.registry.requests).toEqual([]);
  // Both names can be written so that all releases read them alike.
  const names: [string, string][] = [
    ['app', 'charts/app'],
    ['mine/app', 'charts/mine/app'],
  ];
  for (const [chartName, repository] of names) {
    const plain = await world.review(profile({ repositoryName: 'ours', chartName }));
    expect([repository, plain.allowed]).toEqual([repository, repository === signed]);
  }
});
