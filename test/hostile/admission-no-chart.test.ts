import { describe, expect, it } from 'vitest';
import type { ObjectReader } from '../../src/admission/index.ts';
import { admissionWorld, ociRepository } from '../admission/support.ts';

// Some fields name charts or anything else of a registry. What is no chart follows `notOci` there, and only there:
// otherwise an unsigned chart under another media type would pass wherever charts out of Git may.

const URL = 'oci://registry.test/charts/app';
const IMAGE = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: `sha256:${'0'.repeat(64)}`,
    size: 2,
  },
  layers: [],
};

async function start(admission: object) {
  const held = ociRepository(URL);
  const reader: ObjectReader = { get: async () => held, list: async () => [] };
  const world = await admissionWorld({ admission, reader });
  await world.registry.putManifest('charts/app', '1.2.3', IMAGE, IMAGE.mediaType);
  return world;
}

const metadata = { name: 'app', namespace: 'default' };
const argo = (source: object) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata,
  spec: { source: { targetRevision: '1.2.3', ...source } },
});

const MAY: [string, object][] = [
  ['an OCIRepository', ociRepository(URL)],
  ['a native source of Argo CD', argo({ repoURL: URL, path: '.' })],
  [
    'an image of kapp',
    {
      apiVersion: 'kappctrl.k14s.io/v1alpha1',
      kind: 'App',
      metadata,
      spec: { fetch: [{ image: { url: 'registry.test/charts/app:1.2.3' } }] },
    },
  ],
];

const MUST: [string, object][] = [
  [
    'a HelmRelease through an OCIRepository',
    {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata,
      spec: { chartRef: { kind: 'OCIRepository', name: 'app' } },
    },
  ],
  ['a chart of Argo CD', argo({ repoURL: 'registry.test/charts', chart: 'app' })],
  [
    'a HelmChart of k3s',
    { apiVersion: 'helm.cattle.io/v1', kind: 'HelmChart', metadata, spec: { chart: URL, version: '1.2.3' } },
  ],
];

describe.each(['validate', 'mutate'])('what is no chart (%s)', (mode) => {
  it.each(MAY)('named by %s follows notOci', async (_, object) => {
    for (const [notOci, allowed, warnings] of [
      ['deny', false, 0],
      ['warn', true, 1],
      ['allow', true, 0],
    ] as const) {
      const response = await (await start({ notOci })).review(object, {}, mode);
      expect([response.allowed, response.warnings?.length ?? 0]).toEqual([allowed, warnings]);
      expect(response.patch).toBeUndefined();
      const said = [...(response.warnings ?? []), response.status?.message ?? ''].join('');
      expect(said.includes('k8s.not_oci')).toBe(notOci !== 'allow');
    }
  });

  it.each(MUST)('named by %s is refused whatever notOci says', async (_, object) => {
    const { allowed, status } = await (await start({ notOci: 'allow' })).review(object, {}, mode);
    expect([allowed, status?.message.includes('manifest.not_a_chart')]).toEqual([false, true]);
  });
});
