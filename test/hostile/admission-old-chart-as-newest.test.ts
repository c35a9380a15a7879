import { describe, expect, it } from 'vitest';
import { admissionWorld, pushApp } from '../admission/support.ts';
import { fixture } from '../support/fixtures.ts';

// Argo CD and Fleet take "01.9.9" and "1.9" with a suffix for versions, which they are not by SemVer. A signed old chart
// under such a tag would be the newest to them, and a chart without a version to the rule that holds tags to signatures.

const application = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'x', namespace: 'argocd' },
  spec: { source: { repoURL: 'registry.test/charts', chart: 'app', targetRevision: '^1' } },
};
const native = {
  ...application,
  spec: { source: { repoURL: 'oci://registry.test/charts/app', path: '.', targetRevision: '^1' } },
};
const helmOp = {
  apiVersion: 'fleet.cattle.io/v1alpha1',
  kind: 'HelmOp',
  metadata: { name: 'x', namespace: 'default' },
  spec: { helm: { repo: 'oci://registry.test/charts/app', version: '^1' } },
};
const FLEET_READS_NO_UNDERSCORE = '1.9_old';

describe.each([
  ['Application', application],
  ['Application with a native source', native],
  ['HelmOp', helmOp],
])('%s', (kind, object) => {
  it.each(['01.9.9', 'v01.9.9', '1.09.0', FLEET_READS_NO_UNDERSCORE])(
    'with the old chart under %s',
    async (tag) => {
      if (kind === 'HelmOp' && tag === FLEET_READS_NO_UNDERSCORE) return;
      const world = await admissionWorld({ admission: { ranges: 'allow' } });
      await pushApp(world.registry);
      expect((await world.review(object)).allowed).toBe(true);
      const archive = await fixture('demo/app-1.2.3.tgz');
      const prov = await fixture('demo/app-1.2.3.tgz.prov');
      await world.registry.pushChart('charts/app', tag, { archive, prov });
      const response = await world.review(object);
      expect([response.allowed, response.status?.message.includes('no version by SemVer')]).toEqual([
        false,
        true,
      ]);
    },
  );

  it.each(['v1.2.3', '1.2', '1.2.3-rc.1'])('but not because of a tag %s', async (tag) => {
    const world = await admissionWorld({ admission: { ranges: 'allow' } });
    await pushApp(world.registry);
    const archive = await fixture('demo/app-1.2.3.tgz');
    const prov = await fixture('demo/app-1.2.3.tgz.prov');
    await world.registry.pushChart('charts/app', tag, { archive, prov });
    expect((await world.review(object)).allowed).toBe(true);
  });
});
