import { describe, expect, it } from 'vitest';
import { readUses } from '../../src/admission/read-uses.ts';
import { admissionWorld, ociRepository, pushApp } from '../admission/support.ts';

// An OCIRepository may name a proxy, and say that TLS is not verified or is verified against an authority of its own,
// all in Secrets of whoever writes it. Whoever has that proxy is the registry then, for Flux and not for chartseal.

const URL = 'oci://registry.test/charts/app';
const proxySecretRef = { name: 'mine' };

function repository(spec: object, ref: object = { tag: '1.2.3' }) {
  const plain = ociRepository(URL, ref);
  return { ...plain, spec: { ...plain.spec, ...spec } };
}

describe('an OCIRepository with a proxy of its own', () => {
  it.each([
    ['that verifies no TLS', { proxySecretRef, insecure: true }],
    ['and an authority of its own', { proxySecretRef, certSecretRef: { name: 'mine' } }],
    ['for a private host', { proxySecretRef }],
    ['whatever the values are', { proxySecretRef: {}, insecure: 'yes' }],
  ])('%s is not judged by its tag', async (_, spec) => {
    const world = await admissionWorld({ admission: { ranges: 'allow' } });
    const { digest } = await pushApp(world.registry);
    for (const ref of [{ tag: '1.2.3' }, { semver: '^1' }, undefined]) {
      const response = await world.review(repository(spec, ref));
      expect([response.allowed, response.status?.message.includes('k8s.unreadable')]).toEqual([false, true]);
    }
    // What comes is held against a digest, whoever answers.
    expect((await world.review(repository(spec, { digest }))).allowed).toBe(true);
  });

  it('is no chart as before when only that is new', async () => {
    const world = await admissionWorld();
    await pushApp(world.registry);
    const change = { operation: 'UPDATE', oldObject: repository({}) };
    expect((await world.review(repository({ proxySecretRef, insecure: true }), change)).allowed).toBe(false);
    expect((await world.review(repository({ insecure: true }), change)).allowed).toBe(true);
  });

  it('that only passes TLS on is as good as none', () => {
    const object = {
      ...repository({ proxySecretRef }),
      spec: { url: 'oci://registry.example.com/app', proxySecretRef },
    };
    expect(readUses(object)?.uses).toMatchObject([{ state: 'oci' }]);
  });
});
