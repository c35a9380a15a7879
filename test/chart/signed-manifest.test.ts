import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { encodeManifest, MEDIA_TYPES, signedManifest } from '../../src/chart/index.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (from: string): Uint8Array => new TextEncoder().encode(from);
const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const sign = (manifest: string, digit = '5'): string =>
  text(signedManifest(bytes(manifest), { digest: digest(digit), size: 7 }));
const unsign = (manifest: string): string => text(signedManifest(bytes(manifest), undefined));
const layer = (digit: string, type: string = MEDIA_TYPES.chart): string =>
  `{"mediaType":"${type}","digest":"${digest(digit)}","size":7}`;
const added = layer('5', MEDIA_TYPES.provenance);

const golden = {
  config: { digest: 'sha256:8d17cb6bf6ccd8c29aace9a658495cbd5e2e87fc267876e86117c7db681c9580', size: 99 },
  chart: { digest: 'sha256:e5ef611620fb97704d8751c16bab17fedb68883bfb0edc76f78a70e9173f9b55', size: 973 },
  annotations: {
    'org.opencontainers.image.created': '1977-09-02T22:04:05Z',
    'org.opencontainers.image.description': 'A Helm chart for Kubernetes',
    'org.opencontainers.image.title': 'signtest',
    'org.opencontainers.image.version': '0.1.0',
  },
};
const goldenProvenance = {
  digest: 'sha256:b0a02b7412f78ae93324d48df8fcc316d8482e5ad7827b5b238657a29a22f256',
  size: 695,
};

test("the golden manifest of Helm's own test comes out of the one pushed without provenance", () => {
  const unsigned = encodeManifest(golden);
  const signed = signedManifest(unsigned, goldenProvenance);
  expect(createHash('sha256').update(signed).digest('hex')).toBe(
    'fbbade96da6050f68f94f122881e3b80051a18f13ab5f4081868dd494538f5c2',
  );
  expect(signedManifest(signed, undefined)).toEqual(unsigned);
  expect(signedManifest(signed, goldenProvenance)).toEqual(signed);
});

test.each(['0', '5', 'f'])('what helm push would have written, provenance %s…', (digit) => {
  const provenance = { digest: digest(digit), size: 1234 };
  const annotations = { z: '<&>\u2028', a: '"' };
  const parts = { config: golden.config, chart: { digest: digest('3'), size: 1 }, annotations };
  const signed = signedManifest(encodeManifest(parts), provenance);
  expect(signed).toEqual(encodeManifest({ ...parts, provenance }));
  expect(signedManifest(signed, undefined)).toEqual(encodeManifest(parts));
});

test.each([
  ['laid out on lines', `{\n  "layers" : [\n    ${layer('3')}\n  ],\n "x": 1.50, "schemaVersion":2\n}\n`],
  ['before', `{"layers":[ ${layer('9')} ]}`],
  ['layers in another order', `{"layers":[${layer('9', 'x')}, ${layer('1')} ,${layer('7', 'y')}]}`],
  ['no layers', '{"layers":[ ]}'],
  [
    'unknown fields',
    `{"a":{"layers":["\\u005d\\"",{}]},"layers":[{"x":[1,{"y":"]"}],${layer('3').slice(1)}]}`,
  ],
])('all else stays, and the unsigned form is the original: %s', (_what, manifest) => {
  const signed = sign(manifest);
  expect(signed.replace(/,?\{[^{}]*provenance[^{}]*\},?/, '').length).toBeLessThan(signed.length);
  expect(JSON.parse(signed).layers).toHaveLength(JSON.parse(manifest).layers.length + 1);
  expect(unsign(signed)).toBe(manifest);
  expect(sign(signed)).toBe(signed);
});

test('the layer goes where the order of digests has it', () => {
  expect(sign(`{"layers":[${layer('3')}]}`)).toBe(`{"layers":[${layer('3')},${added}]}`);
  expect(sign(`{"layers":[${layer('9')}]}`)).toBe(`{"layers":[${added},${layer('9')}]}`);
});

test('provenance layers that are there are replaced', () => {
  const old = [layer('1', MEDIA_TYPES.provenance), layer('3'), layer('4', MEDIA_TYPES.provenance)].join(
    ' , ',
  );
  expect(sign(`{"layers":[${old}]}`)).toBe(`{"layers":[${layer('3')},${added}]}`);
  expect(unsign(`{"layers":[${layer('1', MEDIA_TYPES.provenance)}]}`)).toBe('{"layers":[]}');
});

test.each([
  ['not JSON', '{"layers":[}'],
  ['no object', '[]'],
  ['no layers', '{}'],
  ['layers that are no list', '{"layers":{}}'],
  ['a layer that is no object', '{"layers":[1]}'],
  ['a layer without digest', '{"layers":[{"mediaType":"x"}]}'],
  ['layers twice', '{"layers":[],"layers":[]}'],
  ['layers in another case', '{"Layers":[],"layers":[]}'],
  ['layers with a long s', '{"layer\u017f":[]}'],
  ['a media type twice', `{"layers":[{"MediaType":"y",${layer('3').slice(1)}]}`],
])('refused: %s', (_what, manifest) => {
  expect(() => sign(manifest)).toThrow(expect.objectContaining({ code: 'manifest.invalid' }));
});

test('refused: no UTF-8', () => {
  expect(() => signedManifest(Uint8Array.of(0x22, 0xff, 0x22), undefined)).toThrow(
    expect.objectContaining({ code: 'manifest.invalid' }),
  );
});

test('a manifest with a subject gets no signature; its unsigned form can be told', () => {
  const manifest = `{"layers":[${layer('3')}],"subject":{}}`;
  expect(() => sign(manifest)).toThrow(expect.objectContaining({ code: 'manifest.subject' }));
  expect(unsign(manifest)).toBe(manifest);
});
