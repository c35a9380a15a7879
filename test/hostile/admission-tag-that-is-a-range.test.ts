import { describe, expect, it } from 'vitest';
import { admissionWorld, pushApp } from '../admission/support.ts';
import { fixture } from '../support/fixtures.ts';

// Behind a repository Helm takes "1.x" for a range (registry.Client.ValidateReference), though a registry takes it for
// the name of a tag. Whoever may push such a tag, of a chart that is signed, must not have the highest version let in.

const REPOSITORY = 'oci://registry.test/charts';
const of = (apiVersion: string, kind: string, spec: object) => ({
  apiVersion,
  kind,
  metadata: { name: 'app', namespace: 'default' },
  spec,
});

const KINDS: [string, (tag: string) => object][] = [
  ['k3s', (tag) => of('helm.cattle.io/v1', 'HelmChart', { chart: `${REPOSITORY}/app:${tag}` })],
  [
    'k3s with a version beside it',
    (tag) => of('helm.cattle.io/v1', 'HelmChart', { chart: `${REPOSITORY}/app:${tag}`, version: tag }),
  ],
  [
    'Fleet',
    (tag) =>
      of('fleet.cattle.io/v1alpha1', 'Bundle', {
        helmOpOptions: {},
        helm: { repo: `${REPOSITORY}/app:${tag}` },
      }),
  ],
  [
    'Crossplane',
    (tag) =>
      of('helm.crossplane.io/v1beta1', 'Release', {
        forProvider: { chart: { url: `${REPOSITORY}/app:${tag}` } },
      }),
  ],
  [
    'Cluster API',
    (tag) =>
      of('addons.cluster.x-k8s.io/v1alpha1', 'HelmChartProxy', {
        repoURL: REPOSITORY,
        chartName: `app:${tag}`,
      }),
  ],
  [
    'Sveltos',
    (tag) =>
      of('config.projectsveltos.io/v1beta1', 'Profile', {
        helmCharts: [{ repositoryURL: REPOSITORY, repositoryName: 'r', chartName: `app:${tag}` }],
      }),
  ],
];

describe.each(KINDS)('%s', (_, object) => {
  it.each(['1.x', '1.2.x', 'x', 'v1.X', '1.x.x'])('with %s', async (tag) => {
    const world = await admissionWorld({ admission: { ranges: 'allow' } });
    await pushApp(world.registry);
    const archive = await fixture('demo/app-1.2.3.tgz');
    const prov = await fixture('demo/app-1.2.3.tgz.prov');
    await world.registry.pushChart('charts/app', tag, { archive, prov });
    expect((await world.review(object(tag))).allowed).toBe(true);
    await world.registry.pushChart('charts/app', '1.2.4', { archive });
    const response = await world.review(object(tag));
    expect([response.allowed, response.status?.message.includes('app:1.2.4')]).toEqual([false, true]);
  });

  it('with a tag that is neither version nor range, which Helm refuses', async () => {
    const world = await admissionWorld();
    await pushApp(world.registry);
    expect((await world.review(object('1.2.3'))).allowed).toBe(true);
    expect((await world.review(object('stable'))).allowed).toBe(false);
  });
});
