import { describe, expect, it } from 'vitest';
import { admissionWorld, ociRepository, pushApp } from '../admission/support.ts';
import { fixture } from '../support/fixtures.ts';

// Where chartseal has put a digest it leaves a note, an annotation that anybody can write. /admission/mutate, which may
// be all that a cluster sends, must judge what is stored in the end.

const URL = 'oci://registry.test/charts/app';
const NOTE = 'chartseal.dev/digest.spec';

const noted = (ref: object, digest: string, asked = `${URL} 0.9.0`) => {
  const object = ociRepository(URL, { ...ref, digest });
  return { ...object, metadata: { ...object.metadata, annotations: { [NOTE]: `${digest} ${asked}` } } };
};

async function start(admission: object = {}) {
  const world = await admissionWorld({ admission });
  const { digest: good } = await pushApp(world.registry);
  const archive = await fixture('demo/app-1.2.3.tgz');
  const { digest: evil } = await world.registry.pushChart('charts/app', 'other', { archive });
  return { world, good, evil };
}

describe('a note that somebody else wrote', () => {
  it.each([
    ['beside a range that is not pinned', { semver: '^1' }, {}],
    ['beside a tag', { tag: '1.2.3' }, {}],
    ['beside nothing', {}, { ranges: 'allow' }],
  ])('%s hides no digest', async (_, ref, admission) => {
    const { world, evil } = await start(admission);
    for (const mode of ['validate', 'mutate']) {
      const response = await world.review(noted(ref, evil), {}, mode);
      expect([mode, response.allowed]).toEqual([mode, false]);
      // Nor when the object was there without it, with the same chart beside it.
      const change = { operation: 'UPDATE', oldObject: ociRepository(URL, ref) };
      expect([mode, (await world.review(noted(ref, evil), change, mode)).allowed]).toEqual([mode, false]);
      // Or with the note but another digest.
      const other = noted(ref, `sha256:${'0'.repeat(64)}`);
      const both = { ...other, metadata: noted(ref, evil).metadata };
      const second = await world.review(noted(ref, evil), { operation: 'UPDATE', oldObject: both }, mode);
      expect([mode, second.allowed]).toEqual([mode, false]);
    }
  });

  it('has no digest replaced that a person wrote', async () => {
    const { world } = await start();
    const own = `sha256:${'0'.repeat(64)}`;
    const oldObject = ociRepository(URL, { tag: '1.2.3', digest: own });
    const change = { operation: 'UPDATE', oldObject };
    const response = await world.review(noted({ tag: '1.2.3' }, own), change, 'mutate');
    expect(response).toEqual({ uid: 'a-uid', allowed: true });
  });

  it('and one that chartseal wrote still moves on with the version', async () => {
    const { world, good } = await start();
    const old = `sha256:${'0'.repeat(64)}`;
    const oldObject = noted({ tag: '0.9.0' }, old);
    const object = noted({ tag: '1.2.3' }, old);
    const response = await world.review(object, { operation: 'UPDATE', oldObject }, 'mutate');
    expect(response.allowed).toBe(true);
    expect(atob(response.patch)).toContain(`"path":"/spec/ref/digest","value":"${good}"`);
  });
});

describe('a chart that will not be pinned after all', () => {
  it('because it passes with a warning only is held to the rule on tags', async () => {
    const policies = [{ name: 'audit', match: ['**'], require: 'release', mode: 'warn' }];
    const world = await admissionWorld({ admission: { tags: 'deny' }, config: { policies } });
    await pushApp(world.registry, 'charts/app', false);
    const response = await world.review(ociRepository(URL), {}, 'mutate');
    expect([response.allowed, response.status?.message.includes('k8s.tag')]).toEqual([false, true]);
  });

  it('because it may be one of two is held to the rule on ranges', async () => {
    const world = await admissionWorld({ admission: { ranges: 'deny', pinRanges: true } });
    await pushApp(world.registry);
    const archive = await fixture('demo/app-1.2.3.tgz');
    const prov = await fixture('demo/app-1.2.3.tgz.prov');
    const annotations = { 'org.opencontainers.image.vendor': 'other' };
    await world.registry.pushChart('charts/app', 'v1.2.3', { archive, prov, annotations });
    const response = await world.review(ociRepository(URL, { semver: '1.x' }), {}, 'mutate');
    expect([response.allowed, response.status?.message.includes('k8s.range')]).toEqual([false, true]);
  });
});
