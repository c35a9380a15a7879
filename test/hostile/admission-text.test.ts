import { describe, expect, it } from 'vitest';
import { admissionWorld, ociRepository, pushApp } from '../admission/support.ts';

// What an object says ends in a terminal, an audit log and a log of this service. None of it may move a cursor there,
// turn text around, or begin a new line.

const NASTY = '\u001b[2J\u001b]0;owned\u0007\r\nWarning: all good\u202e\u2066\u0000\u200b';
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f]/;

const chart = (spec: object, kind = 'OCIRepository') => ({
  ...ociRepository('oci://registry.test/charts/app'),
  kind,
  spec,
});

const OBJECTS: [string, object][] = [
  ['a url', chart({ url: `oci://registry.test/${NASTY}` })],
  ['a host', chart({ url: `oci://${NASTY}.test/charts/app` })],
  ['a tag', chart({ url: 'oci://registry.test/charts/app', ref: { tag: NASTY } })],
  ['a digest', chart({ url: 'oci://registry.test/charts/app', ref: { digest: `sha256:${NASTY}` } })],
  ['a range', chart({ url: 'oci://registry.test/charts/app', ref: { semver: `>=1 ${NASTY}` } })],
  [
    'names of what is referred to',
    {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { name: NASTY, namespace: NASTY },
      spec: { chart: { spec: { chart: NASTY, sourceRef: { kind: 'HelmRepository', name: NASTY } } } },
    },
  ],
  [
    'a repository of Git',
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'x' },
      spec: { source: { repoURL: `https://git.test/${NASTY}`, path: NASTY } },
    },
  ],
  ['a kind', { apiVersion: 'v1', kind: NASTY, metadata: { name: 'x' } }],
  [
    'a version',
    { ...ociRepository('oci://registry.test/charts/app'), apiVersion: `source.toolkit.fluxcd.io/${NASTY}` },
  ],
];

describe.each([
  ['deny', 'enforce'],
  ['warn', 'warn'],
])('text out of objects, by rules that %s', (decision, mode) => {
  it.each(OBJECTS)('%s', async (_, object) => {
    const world = await admissionWorld({
      admission: { notOci: decision, unresolved: decision, ranges: decision, tags: decision },
      config: { policies: [{ name: 'p', match: ['**'], require: 'release', mode }] },
    });
    const response = await world.review(object, { name: NASTY, namespace: NASTY });
    const shown = [
      response.status?.message ?? '',
      ...(response.warnings ?? []),
      ...Object.values(response.auditAnnotations ?? {}),
    ] as string[];
    expect(shown.join('').length).toBeGreaterThan(0);
    for (const text of shown) expect(text).not.toMatch(UNSAFE);
    for (const warning of response.warnings ?? []) expect(warning.length).toBeLessThanOrEqual(120);
  });

  it('and however many charts and however long, the answer stays short', async () => {
    const world = await admissionWorld({
      admission: { tags: decision },
      config: { policies: [{ name: 'p', match: ['**'], require: 'release', mode }] },
    });
    await pushApp(world.registry, 'charts/app', false);
    const sources = Array.from({ length: 50 }, (_, i) => ({
      repoURL: `registry.test/${'very-long-name/'.repeat(14)}team-${i}`,
      chart: 'app',
      targetRevision: `1.2.${i}`,
    }));
    const response = await world.review({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'x', namespace: 'argocd' },
      spec: { sources },
    });
    expect((response.status?.message ?? '').length).toBeLessThanOrEqual(4100);
    expect((response.warnings ?? []).join('').length).toBeLessThanOrEqual(4096);
    for (const value of Object.values(response.auditAnnotations) as string[]) {
      expect(value.length).toBeLessThanOrEqual(1000);
    }
  });
});
