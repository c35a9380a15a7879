import { describe, expect, test } from 'vitest';
import { type Digest, MANIFEST_TYPES } from '../../../src/oci/index.ts';
import {
  addLegacySignature,
  type LegacySignature,
  legacyTag,
  SIMPLE_SIGNING,
} from '../../../src/sigstore/index.ts';
import { boxed, clientFor, text } from '../../oci/box.ts';
import { digestOf, REF } from '../../oci/support.ts';

const SIGNATURE = 'dev.cosignproject.cosign/signature';
const quick = { sleep: async () => {}, random: () => 0.5 };

const signatureBy = (name: string): LegacySignature => ({
  payload: text('{"critical":{}}'),
  annotations: { [SIGNATURE]: btoa(name), 'dev.sigstore.cosign/chain': '' },
});

type Box = Awaited<ReturnType<typeof boxed>>;

function stored({ registry, chart }: Pick<Box, 'registry' | 'chart'>) {
  const manifest = registry.getManifest(REF.repository, legacyTag(chart.digest));
  return manifest === undefined
    ? undefined
    : { mediaType: manifest.mediaType, json: JSON.parse(new TextDecoder().decode(manifest.bytes)) };
}

const layersOf = (box: Pick<Box, 'registry' | 'chart'>): { annotations: Record<string, string> }[] =>
  stored(box)?.json.layers ?? [];
const signers = (box: Pick<Box, 'registry' | 'chart'>) =>
  layersOf(box).map(({ annotations }) => atob(annotations[SIGNATURE]!));

async function configOf({ registry, chart, pull }: Box) {
  const { config } = stored({ registry, chart })!.json;
  return new TextDecoder().decode(await pull.getBlob(REF, config, 100_000));
}

const add = ({ push, chart }: Pick<Box, 'push' | 'chart'>, name: string) =>
  addLegacySignature(push, REF, chart.digest, signatureBy(name), quick);

describe('the first signature under the .sig tag', () => {
  test('makes the manifest and the config as cosign writes them', async () => {
    const box = await boxed();
    const added = await add(box, 'one');
    const payload = digestOf('{"critical":{}}');
    expect(stored(box)?.json).toEqual({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPES.image,
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        size: 233,
        digest: expect.stringMatching(/^sha256:/),
      },
      layers: [
        { mediaType: SIMPLE_SIGNING, size: 15, digest: payload, annotations: signatureBy('one').annotations },
      ],
    });
    expect(await configOf(box)).toBe(
      '{"architecture":"","created":"0001-01-01T00:00:00Z","history":[{"created":"0001-01-01T00:00:00Z"}],' +
        `"os":"","rootfs":{"type":"layers","diff_ids":["${payload}"]},"config":{}}`,
    );
    const tag = `sha256-${box.chart.digest.slice(7)}.sig`;
    const digest = digestOf(Buffer.from(box.registry.getManifest(REF.repository, tag)!.bytes));
    expect(added).toEqual({ tag, digest, signatures: 1 });
  });
});

describe('a further signature', () => {
  test('is put behind those that are there, and each is in the config', async () => {
    const box = await boxed();
    for (const name of ['one', 'two', 'three']) await add(box, name);
    expect(signers(box)).toEqual(['one', 'two', 'three']);
    const config = JSON.parse(await configOf(box));
    expect(config.history).toHaveLength(3);
    expect(config.rootfs.diff_ids).toHaveLength(3);
  });

  test('that is there already changes nothing', async () => {
    const box = await boxed();
    const first = await add(box, 'one');
    expect(await add(box, 'one')).toEqual(first);
    expect(box.registry.count(/^PUT .*\.sig/)).toBe(1);
  });

  test('keeps what others wrote that nobody here knows', async () => {
    const box = await boxed();
    const { digest, size } = await box.push.putBlob(
      REF,
      text(
        '{"created":"2026-01-01T00:00:00Z","author":"them","rootfs":{"type":"layers","diff_ids":["x"]},"history":[{"comment":"theirs"}]}',
      ),
    );
    const theirs = {
      mediaType: 'application/vnd.dsse.envelope.v1+json',
      digest: digestOf('theirs'),
      size: 6,
      annotations: { predicateType: 'x' },
      'x-unknown': [1],
    };
    const before = {
      schemaVersion: 2,
      config: { mediaType: 'application/vnd.docker.container.image.v1+json', digest, size },
      layers: [theirs],
      annotations: { a: 'b' },
      'x-unknown': { c: 'd' },
    };
    await box.registry.putBlob(REF.repository, text('theirs'));
    const tag = legacyTag(box.chart.digest);
    await box.registry.putManifest(REF.repository, tag, before, MANIFEST_TYPES.image);
    await add(box, 'one');
    const { json } = stored(box)!;
    expect(json).toMatchObject({ annotations: { a: 'b' }, 'x-unknown': { c: 'd' } });
    expect(json.layers).toEqual([theirs, expect.objectContaining({ mediaType: SIMPLE_SIGNING })]);
    expect(json.config.mediaType).toBe('application/vnd.docker.container.image.v1+json');
    expect(JSON.parse(await configOf(box))).toMatchObject({
      created: '2026-01-01T00:00:00Z',
      author: 'them',
      history: [{ comment: 'theirs' }, { created: '0001-01-01T00:00:00Z' }],
      rootfs: { type: 'layers', diff_ids: [theirs.digest, digestOf('{"critical":{}}')] },
    });
  });

  test('keeps the type of Docker, which cosign writes on request', async () => {
    const box = await boxed();
    await add(box, 'one');
    const { json } = stored(box)!;
    const tag = legacyTag(box.chart.digest);
    const docker = { ...json, mediaType: MANIFEST_TYPES.docker };
    await box.registry.putManifest(REF.repository, tag, docker, MANIFEST_TYPES.docker);
    await add(box, 'two');
    expect(stored(box)).toMatchObject({ mediaType: MANIFEST_TYPES.docker });
    expect(signers(box)).toEqual(['one', 'two']);
  });

  test('goes in though the config of the others is lost', async () => {
    const box = await boxed();
    await box.registry.putBlob(REF.repository, text('x'));
    const layers = [
      {
        mediaType: SIMPLE_SIGNING,
        digest: digestOf('x'),
        size: 1,
        annotations: { [SIGNATURE]: btoa('one') },
      },
    ];
    const config = {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: digestOf('gone'),
      size: 4,
    };
    const tag = legacyTag(box.chart.digest);
    await box.registry.putManifest(
      REF.repository,
      tag,
      { schemaVersion: 2, config, layers },
      MANIFEST_TYPES.image,
    );
    await add(box, 'two');
    expect(signers(box)).toEqual(['one', 'two']);
    expect(JSON.parse(await configOf(box)).rootfs.diff_ids).toHaveLength(2);
  });
});

describe('a .sig tag that names something else', () => {
  test.each([
    ['an index', { schemaVersion: 2, manifests: [] }, MANIFEST_TYPES.index],
    [
      'an index of Docker',
      { schemaVersion: 2, manifests: [], mediaType: MANIFEST_TYPES.dockerList },
      MANIFEST_TYPES.dockerList,
    ],
  ])('%s: it is not overwritten', async (_, manifest, type) => {
    const box = await boxed();
    await box.registry.putManifest(REF.repository, legacyTag(box.chart.digest), manifest, type);
    await expect(add(box, 'one')).rejects.toMatchObject({
      code: 'registry.upload_refused',
      retryable: false,
    });
    expect(box.registry.count(/^PUT .*\.sig/)).toBe(0);
  });

  test('more signatures than cosign reads: refused, none is lost', async () => {
    const box = await boxed();
    const layers = Array.from({ length: 1000 }, (_, at) => ({
      mediaType: SIMPLE_SIGNING,
      digest: digestOf(String(at)),
      size: 1,
    }));
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf('{}'), size: 2 };
    const tag = legacyTag(box.chart.digest);
    await box.registry.putManifest(
      REF.repository,
      tag,
      { schemaVersion: 2, config, layers },
      MANIFEST_TYPES.image,
    );
    await expect(add(box, 'one')).rejects.toMatchObject({ code: 'registry.too_large' });
    expect(layersOf(box)).toHaveLength(1000);
  });
});

describe('several writers of one .sig tag', () => {
  test.each([false, true])('nobody’s signature is lost; If-Match honoured: %s', async (honourIfMatch) => {
    const box = await boxed();
    box.registry.quirks.honourIfMatch = honourIfMatch;
    const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
    const names = ['a', 'b', 'c', 'd', 'e'];
    await Promise.all(
      names.map((name, seed) => {
        const session = clientFor(box.registry, seed).client.session({ action: 'push', noCache: true });
        return addLegacySignature(session, REF, box.chart.digest, signatureBy(name), {
          random: () => (seed % 10) / 10,
          // A turn stands for 10 ms.
          sleep: async (ms) => {
            for (let at = 0; at < ms / 10; at++) await turn();
          },
        });
      }),
    );
    expect(signers(box).sort()).toEqual(names);
  });

  test('a signature that was seen and is lost is put back', async () => {
    const box = await boxed();
    await add(box, 'theirs');
    const tag = legacyTag(box.chart.digest);
    const original = box.registry.fetch;
    let looks = 0;
    box.registry.fetch = async (request) => {
      if (request.method === 'GET' && request.url.endsWith(tag) && ++looks === 2) {
        const { json, mediaType } = stored(box)!;
        const own = { ...json, layers: json.layers.slice(1) };
        await box.registry.putManifest(REF.repository, tag, own, mediaType);
      }
      return original(request);
    };
    await add(box, 'own');
    expect(signers(box).sort()).toEqual(['own', 'theirs']);
  });

  test('one that is overwritten each time gives up, and says so', async () => {
    const box = await boxed();
    const tag = legacyTag(box.chart.digest);
    const original = box.registry.fetch;
    box.registry.fetch = async (request) => {
      const answer = await original(request);
      if (request.method === 'PUT' && request.url.endsWith(tag)) {
        const { json, mediaType } = stored(box)!;
        await box.registry.putManifest(REF.repository, tag, { ...json, layers: [] }, mediaType);
      }
      return answer;
    };
    await expect(add(box, 'own')).rejects.toMatchObject({
      code: 'registry.upload_refused',
      retryable: true,
      message: expect.stringContaining('overwrote'),
    });
    expect(box.registry.count(/^PUT .*\.sig/)).toBe(8);
  });

  test('ends when it is not wanted any more', async () => {
    const box = await boxed();
    const controller = new AbortController();
    const options = { ...quick, signal: controller.signal, sleep: async () => controller.abort() };
    const adding = addLegacySignature(box.push, REF, box.chart.digest as Digest, signatureBy('one'), options);
    await expect(adding).rejects.toMatchObject({ code: 'registry.cancelled', retryable: true });
  });
});
