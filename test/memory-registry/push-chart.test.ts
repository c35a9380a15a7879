import { expect, test } from 'vitest';
import { createMemoryRegistry, createRegistryNetwork, HELM_TYPES } from '../../src/memory-registry/index.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array | undefined) => new TextDecoder().decode(data);

test('writes config and manifest as helm push does', async () => {
  const registry = createMemoryRegistry();
  const pushed = await registry.pushChart('charts/signtest', '0.1.0', {
    archive: bytes('archive'),
    prov: bytes('prov'),
    // In another order than Helm's; the unknown field and the empty one are not written.
    config: {
      apiVersion: 'v1',
      description: 'A Helm chart for Kubernetes',
      version: '0.1.0',
      name: 'signtest',
      nonsense: 1,
      icon: '',
    },
    created: '1977-09-02T22:04:05Z',
  });
  // The config of Helm's own test (helm:pkg/registry/registry_test.go).
  expect(text(registry.getBlob('charts/signtest', pushed.config))).toBe(
    '{"name":"signtest","version":"0.1.0","description":"A Helm chart for Kubernetes","apiVersion":"v1"}',
  );
  expect(pushed.config).toBe('sha256:8d17cb6bf6ccd8c29aace9a658495cbd5e2e87fc267876e86117c7db681c9580');
  const layers = [
    { mediaType: HELM_TYPES.chart, digest: pushed.archive, size: 7 },
    { mediaType: HELM_TYPES.provenance, digest: pushed.prov ?? '', size: 4 },
  ].sort((a, b) => (a.digest < b.digest ? -1 : 1));
  expect(text(pushed.bytes)).toBe(
    `{"schemaVersion":2,"config":{"mediaType":"${HELM_TYPES.config}","digest":"${pushed.config}","size":99},` +
      `"layers":${JSON.stringify(layers)},"annotations":{"org.opencontainers.image.created":"1977-09-02T22:04:05Z",` +
      `"org.opencontainers.image.description":"A Helm chart for Kubernetes",` +
      `"org.opencontainers.image.title":"signtest","org.opencontainers.image.version":"0.1.0"}}`,
  );
});

test("reproduces the manifest of Helm's golden test byte for byte", async () => {
  const registry = createMemoryRegistry();
  const pushed = await registry.pushChart('charts/signtest', '0.1.0', {
    archive: bytes('archive'),
    prov: bytes('prov'),
    config: {
      name: 'signtest',
      version: '0.1.0',
      description: 'A Helm chart for Kubernetes',
      apiVersion: 'v1',
    },
    created: '1977-09-02T22:04:05Z',
    // Digests and sizes of the files that Helm's test pushes.
    mutate: (manifest) => {
      manifest.layers = [
        {
          mediaType: HELM_TYPES.provenance,
          digest: 'sha256:b0a02b7412f78ae93324d48df8fcc316d8482e5ad7827b5b238657a29a22f256',
          size: 695,
        },
        {
          mediaType: HELM_TYPES.chart,
          digest: 'sha256:e5ef611620fb97704d8751c16bab17fedb68883bfb0edc76f78a70e9173f9b55',
          size: 973,
        },
      ];
    },
  });
  expect(pushed.bytes.length).toBe(742);
  expect(pushed.digest).toBe('sha256:fbbade96da6050f68f94f122881e3b80051a18f13ab5f4081868dd494538f5c2');
});

test('annotations follow Chart.yaml, but never for title and version; HTML characters are escaped as Go does', async () => {
  const registry = createMemoryRegistry({ clock: () => Date.parse('2026-11-23T12:00:00Z') });
  const { bytes: manifest } = await registry.pushChart('app', '1.0.0', {
    archive: bytes('x'),
    config: {
      name: 'app',
      version: '1.0.0',
      home: 'https://example.com/?a=1&b=2',
      sources: ['https://example.com/src', 'https://example.com/other'],
      maintainers: [{ name: 'A', email: 'a@example.com' }, { name: 'B' }],
      annotations: { 'org.opencontainers.image.title': 'other', zeta: '<1>', alpha: 'x' },
    },
    annotations: { 'org.opencontainers.image.created': undefined, extra: 'y' },
  });
  expect(text(manifest).split('"annotations":')[1]).toBe(
    '{"alpha":"x","extra":"y","org.opencontainers.image.authors":"A (a@example.com), B",' +
      '"org.opencontainers.image.source":"https://example.com/src","org.opencontainers.image.title":"app",' +
      '"org.opencontainers.image.url":"https://example.com/?a=1\\u0026b=2","org.opencontainers.image.version":"1.0.0",' +
      '"zeta":"\\u003c1\\u003e"}}',
  );
});

test('a pushed chart is read by tag and by digest, in two requests', async () => {
  const registry = createMemoryRegistry();
  const fetch = createRegistryNetwork({ 'registry.test': registry });
  const pushed = await registry.pushChart('charts/app', '1.2.3_build.1', {
    archive: bytes('archive'),
    prov: bytes('provenance'),
  });
  const manifest = await fetch('https://registry.test/v2/charts/app/manifests/1.2.3_build.1');
  expect(manifest.headers.get('docker-content-digest')).toBe(pushed.digest);
  expect(manifest.headers.get('content-type')).toBe(HELM_TYPES.manifest);
  expect(new Uint8Array(await manifest.arrayBuffer())).toEqual(new Uint8Array(pushed.bytes));
  const prov = await fetch(`https://registry.test/v2/charts/app/blobs/${pushed.prov}`);
  expect(await prov.text()).toBe('provenance');
  expect(registry.count()).toBe(2);
  expect(text(registry.getBlob('charts/app', pushed.config))).toBe(
    '{"name":"app","version":"1.2.3+build.1","apiVersion":"v2"}',
  );
});
