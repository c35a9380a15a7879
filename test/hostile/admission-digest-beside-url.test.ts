import { describe, expect, it } from 'vitest';
import { admissionWorld, pushApp } from '../admission/support.ts';

// provider-helm of Crossplane takes what the url of a Release says, and does not look at the digest beside it
// (pkg/clients/helm/client.go PullAndLoadChart): a good digest there is no reason to let another chart in.

const release = (chart: object, apiVersion = 'helm.crossplane.io/v1beta1') => ({
  apiVersion,
  kind: 'Release',
  metadata: { name: 'app' },
  spec: { forProvider: { chart, namespace: 'app' } },
});
const URL = 'oci://registry.test/charts/app';

describe.each(['helm.crossplane.io/v1beta1', 'helm.m.crossplane.io/v1beta1'])(
  'a Release of %s',
  (version) => {
    it.each([
      ['a tag of the url that names another chart', `${URL}:01.9.9`],
      ['a url without tag, of which the latest is taken', URL],
    ])('with a good digest beside %s is refused', async (_, url) => {
      const world = await admissionWorld();
      const { digest } = await pushApp(world.registry);
      const response = await world.review(release({ url, digest }, version));
      expect([response.allowed, response.status?.message.includes('digest beside a url')]).toEqual([
        false,
        true,
      ]);
    });

    it('with the digest in the url, or without a url, is judged by it', async () => {
      const world = await admissionWorld();
      const { digest } = await pushApp(world.registry);
      for (const chart of [
        { url: `${URL}:1.2.3@${digest}` },
        { url: `${URL}@${digest}`, digest },
        { repository: 'oci://registry.test/charts', name: 'app', digest },
      ]) {
        expect((await world.review(release(chart, version))).allowed).toBe(true);
      }
    });

    it('is not given a digest that nobody looks at', async () => {
      const world = await admissionWorld({ admission: { tags: 'deny' } });
      await pushApp(world.registry);
      const response = await world.review(release({ url: `${URL}:1.2.3` }, version), {}, 'mutate');
      expect([response.allowed, response.status?.message.includes('k8s.tag')]).toEqual([false, true]);
    });
  },
);
