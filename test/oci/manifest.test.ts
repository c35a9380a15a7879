import { describe, expect, it } from 'vitest';
import { dockerLayers, MANIFEST_TYPES, type Manifest, parseManifest } from '../../src/oci/index.ts';
import { descriptorOf, digestOf } from './support.ts';

const read = (body: unknown, type: string | null = null) =>
  parseManifest(new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)), type);
const image = { schemaVersion: 2, config: descriptorOf('{}'), layers: [descriptorOf('a')] };

describe('kinds are told apart', () => {
  it('reads an image manifest as Helm writes it, without mediaType', () => {
    const parsed = read({
      ...image,
      annotations: { 'org.opencontainers.image.title': 'app', __proto__x: 'y' },
    });
    expect(parsed).toMatchObject({ kind: 'image', layers: [{ size: 1 }], annotations: { __proto__x: 'y' } });
  });
  it('keeps subject and artifactType', () => {
    const parsed = read({ ...image, subject: descriptorOf('s'), artifactType: 'application/x' });
    expect(parsed).toMatchObject({ subject: { size: 1 }, artifactType: 'application/x' });
  });
  it('takes media types with a parameter, as those of sigstore bundles before v0.3', () => {
    const mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.2';
    expect(read({ ...image, layers: [descriptorOf('a', mediaType)] })).toMatchObject({
      layers: [{ mediaType }],
    });
  });
  it('reads an index with its platforms', () => {
    const manifests = [{ ...descriptorOf('m'), platform: { os: 'linux' }, artifactType: 'application/x' }];
    expect(read({ schemaVersion: 2, manifests }, MANIFEST_TYPES.index)).toMatchObject({
      kind: 'index',
      manifests,
    });
  });
  it.each([
    [{ schemaVersion: 1, fsLayers: [] }, null, 1],
    [{ ...image, mediaType: MANIFEST_TYPES.docker }, null, 2],
    [image, MANIFEST_TYPES.docker, 2],
    [{ schemaVersion: 2, manifests: [] }, MANIFEST_TYPES.dockerList, 'list'],
  ])('knows Docker manifests (%#)', (body, type, schema) => {
    expect(read(body, type)).toEqual({ kind: 'docker', schema });
  });
  it.each([
    null,
    'application/json',
    'text/plain; charset=utf-8',
    'constructor',
    `${MANIFEST_TYPES.image}; charset=utf-8`,
  ])('does not hold the Content-Type %s against it', (type) => expect(read(image, type).kind).toBe('image'));
});

const d = JSON.stringify(descriptorOf('a'));
describe('layers of a Docker manifest', () => {
  const fetched = (body: object, type: string | null = MANIFEST_TYPES.docker): Manifest => {
    const bytes = new TextEncoder().encode(JSON.stringify(body));
    return { bytes, digest: digestOf(bytes), mediaType: '', body: parseManifest(bytes, type) };
  };
  it('are read as those of an OCI manifest', () => {
    expect(dockerLayers(fetched(image))).toEqual(image.layers);
  });
  it.each([
    ['no Docker manifest', image, null],
    ['a list', { schemaVersion: 2, manifests: [] }, MANIFEST_TYPES.dockerList],
    ['schema 1', { schemaVersion: 1, fsLayers: [] }, null],
    ['no layers', { schemaVersion: 2 }, MANIFEST_TYPES.docker],
    [
      'a layer without a digest',
      { schemaVersion: 2, layers: [{ mediaType: 'a/b', size: 1 }] },
      MANIFEST_TYPES.docker,
    ],
  ])('are not there in %s', (_name, body, type) => {
    expect(() => dockerLayers(fetched(body, type))).toThrow(
      expect.objectContaining({ code: 'manifest.invalid' }),
    );
  });
});

describe('what two readers could read differently is refused', () => {
  it.each([
    ['no JSON', '{', 'JSON'],
    ['a byte order mark', `\ufeff${JSON.stringify(image)}`, 'JSON'],
    ['a list', '[]', 'not an object'],
    ['a key twice', `{"schemaVersion":2,"config":${d},"layers":[],"layers":[${d}]}`, 'twice'],
    ['a key in another case', `{"schemaVersion":2,"config":${d},"layers":[],"Layers":[${d}]}`, 'twice'],
    [
      'a key with a Kelvin-like letter',
      `{"schemaVersion":2,"config":${d},"layers":[],"layer\u017f":[${d}]}`,
      'twice',
    ],
    ['a key twice by escape', `{"schemaVersion":2,"config":${d},"layers":[],"l\\u0061yers":[${d}]}`, 'twice'],
    [
      'a key of a layer twice',
      `{"schemaVersion":2,"config":${d},"layers":[{"digest":"x","Digest":"y"}]}`,
      'twice',
    ],
    ['deep nesting', `{"schemaVersion":2,"a":${'['.repeat(40)}${']'.repeat(40)}}`, 'deeper'],
    ['layers and manifests', { ...image, manifests: [] }, 'both layers and manifests'],
    ['fsLayers', { ...image, fsLayers: [] }, 'fsLayers'],
    ['another schemaVersion', { ...image, schemaVersion: 3 }, 'schemaVersion'],
    ['schemaVersion as text', { ...image, schemaVersion: '2' }, 'schemaVersion'],
    ['a mediaType that is none', { ...image, mediaType: 'text/html' }, 'text/html'],
    ['a mediaType that is a number', { ...image, mediaType: 1 }, 'not a string'],
    ['a mediaType of the other kind', { ...image, mediaType: MANIFEST_TYPES.index }, 'is an image manifest'],
    ['no layers', { schemaVersion: 2, config: descriptorOf('{}') }, 'layers is missing'],
    ['layers that are no list', { ...image, layers: {} }, 'layers is not a list'],
    ['no config', { schemaVersion: 2, layers: [] }, 'config is not an object'],
    [
      'a layer without a type',
      { ...image, layers: [{ ...descriptorOf('a'), mediaType: '' }] },
      'layers[0].mediaType',
    ],
    [
      'a layer whose type has a parameter without a value',
      { ...image, layers: [{ ...descriptorOf('a'), mediaType: 'application/json;version' }] },
      'layers[0].mediaType',
    ],
    [
      'a sha512 digest',
      { ...image, layers: [{ ...descriptorOf('a'), digest: `sha512:${'a'.repeat(128)}` }] },
      'sha512',
    ],
    ['a negative size', { ...image, layers: [{ ...descriptorOf('a'), size: -1 }] }, 'layers[0].size'],
    ['half a byte', { ...image, layers: [{ ...descriptorOf('a'), size: 1.5 }] }, 'layers[0].size'],
    ['an annotation that is a number', { ...image, annotations: { a: 1 } }, 'annotations["a"]'],
    ['a subject that is text', { ...image, subject: 'x' }, 'subject'],
  ])('%s', (_name, body, words) => {
    expect(() => read(body)).toThrow(
      expect.objectContaining({ code: 'manifest.invalid', message: expect.stringContaining(words) }),
    );
  });
  it('a Content-Type that contradicts the body', () => {
    expect(() => read({ ...image, mediaType: MANIFEST_TYPES.image }, MANIFEST_TYPES.index)).toThrow(
      /was sent as/,
    );
    expect(() => read(image, MANIFEST_TYPES.index)).toThrow(/is an image manifest/);
  });
  it('but annotations may differ in case only, and values may look like keys', () => {
    expect(read({ ...image, annotations: { Team: 'a', team: '{"x": 1, "x": 2}' } })).toMatchObject({
      kind: 'image',
    });
  });
});
