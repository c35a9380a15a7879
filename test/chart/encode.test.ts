import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { encodeConfig, encodeManifest, readMetadata, readYaml } from '../../src/chart/index.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test('config and manifest of signtest-0.1.0 have the digests that Helm asserts (helm:pkg/registry/registry_test.go)', () => {
  const config = encodeConfig({
    version: '0.1.0',
    name: 'signtest',
    apiVersion: 'v1',
    description: 'A Helm chart for Kubernetes',
  });
  const configDigest = `sha256:${createHash('sha256').update(config).digest('hex')}`;
  expect(configDigest).toBe('sha256:8d17cb6bf6ccd8c29aace9a658495cbd5e2e87fc267876e86117c7db681c9580');
  const manifest = encodeManifest({
    config: { digest: configDigest, size: config.length },
    chart: { digest: 'sha256:e5ef611620fb97704d8751c16bab17fedb68883bfb0edc76f78a70e9173f9b55', size: 973 },
    provenance: {
      digest: 'sha256:b0a02b7412f78ae93324d48df8fcc316d8482e5ad7827b5b238657a29a22f256',
      size: 695,
    },
    annotations: {
      'org.opencontainers.image.title': 'signtest',
      'org.opencontainers.image.version': '0.1.0',
      'org.opencontainers.image.created': '1977-09-02T22:04:05Z',
      'org.opencontainers.image.description': 'A Helm chart for Kubernetes',
    },
  });
  expect(manifest.length).toBe(742);
  expect(createHash('sha256').update(manifest).digest('hex')).toBe(
    'fbbade96da6050f68f94f122881e3b80051a18f13ab5f4081868dd494538f5c2',
  );
});

test('the config is written as Go writes JSON', () => {
  const metadata = readMetadata(
    readYaml(
      'name: a\nversion: 1.0.0\ndescription: "<b> & \\u2028"\nannotations: {z: 1, 1: b}\ndependencies: [{import-values: [{b: 1, a: 0.0000001}], name: d}]',
    ),
  );
  expect(text(encodeConfig(metadata))).toBe(
    '{"name":"a","version":"1.0.0","description":"\\u003cb\\u003e \\u0026 \\u2028","annotations":{"1":"b","z":"1"},"dependencies":[{"name":"d","repository":"","import-values":[{"a":1e-7,"b":1}]}]}',
  );
});
