import { describe, expect, it } from 'vitest';
import { admissionWorld, ociRepository, pushApp } from '../admission/support.ts';

// Where inconclusive verdicts are let through (`onInconclusive: allow`), whoever writes an object must not be able to
// make its verdict inconclusive: what is too much, or makes chartseal fail, is denied.

const lenient = { onInconclusive: 'allow', ranges: 'allow' };

const application = (count: number) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'x', namespace: 'argocd' },
  spec: {
    sources: Array.from({ length: count }, (_, i) => ({
      repoURL: 'registry.test/charts',
      chart: 'app',
      targetRevision: `1.${i}.0`,
    })),
  },
});

describe('a verdict is not made inconclusive', () => {
  it.each([51, 201, 5000])('by %d charts in one object', async (count) => {
    const world = await admissionWorld({ admission: lenient });
    expect((await world.review(application(count))).allowed).toBe(false);
    expect(world.registry.requests).toEqual([]);
  });

  it('by an error in chartseal itself, which the log has and the message has not', async () => {
    const world = await admissionWorld({
      admission: lenient,
      reader: {
        get: () => Promise.reject(new TypeError('Cannot read properties of undefined: secret-inside')),
        list: () => {
          throw new TypeError('secret-inside');
        },
      },
    });
    const release = {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { name: 'a', namespace: 'apps' },
      spec: { chart: { spec: { chart: 'app', sourceRef: { kind: 'HelmRepository', name: 'charts' } } } },
    };
    const repository = {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmRepository',
      metadata: { name: 'charts', namespace: 'apps' },
      spec: { type: 'oci', url: 'oci://registry.test/charts' },
    };
    for (const object of [release, repository]) {
      const response = await world.review(object);
      expect([response.allowed, response.status.message.includes('internal.error')]).toEqual([false, true]);
      expect(JSON.stringify(response)).not.toContain('secret-inside');
    }
    const errors = world.lines.filter(({ error }) => error instanceof TypeError);
    expect(errors.length).toBeGreaterThanOrEqual(2);
  });

  it.each([
    ['a tag', { tag: '1.2.3' }],
    ['a range', { semver: '^1.0.0' }],
  ])('by naming a registry that is not listed, or a private address (%s)', async (_, ref) => {
    const registries = [{ host: 'registry.test' }, { host: '*' }];
    for (const [host, code, config] of [
      ['not-listed.test', 'registry.not_listed', {}],
      ['127.0.0.1:5000', 'registry.address_refused', { registries }],
    ] as const) {
      const world = await admissionWorld({ admission: lenient, config });
      const { allowed, status } = await world.review(ociRepository(`oci://${host}/charts/app`, ref));
      expect([allowed, status?.message.includes(code)]).toEqual([false, true]);
    }
  });

  it('but where every policy only warns, not even that stands in the way', async () => {
    const policies = [{ name: 'audit', match: ['**'], require: 'release', mode: 'warn' }];
    const world = await admissionWorld({ config: { policies } });
    const response = await world.review(application(60));
    expect([response.allowed, response.warnings[0].includes('limit.charts')]).toEqual([true, true]);
  });

  it('by a review that says it is of another kind than its object', async () => {
    const world = await admissionWorld({ admission: lenient });
    await pushApp(world.registry, 'charts/app', false);
    const object = ociRepository('oci://registry.test/charts/app');
    const kind = { group: '', version: 'v1', kind: 'ConfigMap' };
    expect((await world.review(object, { kind })).allowed).toBe(false);
  });
});
