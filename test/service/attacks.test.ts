import { beforeEach, describe, expect, it } from 'vitest';
import { MEDIA_TYPES } from '../../src/chart/index.ts';
import { fixture } from '../support/fixtures.ts';
import { ask } from '../support/service.ts';
import { AUTHORIZED, appConfig, createWorld, pushGood, type World } from '../support/world.ts';

// Manifests around a good signature that a client may read as another chart than the one that was signed.

const GOOD = 'oci://registry.test/charts/app:1.2.3';
const codes = (body: { reasons: { code: string }[] }) => body.reasons.map((reason) => reason.code);

let world: World;
const verify = (reference: string, more: Record<string, unknown> = {}) =>
  ask(world.service, { reference, ...more }, AUTHORIZED);
const good = async () => ({
  archive: await fixture('demo/app-1.2.3.tgz'),
  prov: await fixture('demo/app-1.2.3.tgz.prov'),
  config: await appConfig(),
});

beforeEach(async () => {
  world = await createWorld();
});

describe('a good signature of another chart', () => {
  it('does not hold for an old version retagged as a new one', async () => {
    const archive = await fixture('demo/app-1.0.0.tgz');
    const prov = await fixture('demo/app-1.0.0.tgz.prov');
    await world.registry.pushChart('charts/app', '1.2.4', { archive, prov });
    const { body } = await verify('oci://registry.test/charts/app:1.2.4');
    expect(body.verdict).toBe('deny');
    expect(codes(body)[0]).toBe('chart.version_mismatch');
    // What is shown is the signed text, not what the tag or the annotations claim.
    expect(body.subject.chart).toMatchObject({ name: 'app', version: '1.0.0', signed: true });
  });

  it('does not hold in a repository of another name', async () => {
    await pushGood(world.registry, 'charts/other', '1.2.3');
    const { body } = await verify('oci://registry.test/charts/other:1.2.3');
    expect(body.verdict).toBe('deny');
    expect(codes(body)[0]).toBe('chart.name_mismatch');
  });

  it('holds where the policy says that charts are renamed and retagged, and that is stated', async () => {
    const policies = [
      { name: 'mirror', match: ['**'], require: 'release', unsafeAllow: ['renamed', 'retagged'] },
    ];
    world = await createWorld({ config: { policies } });
    await pushGood(world.registry, 'mirror/other', '9.9.9');
    const { body } = await verify('oci://registry.test/mirror/other:9.9.9');
    expect(body.verdict).toBe('allow');
    expect(codes(body)).toEqual(expect.arrayContaining(['chart.renamed', 'chart.retagged']));
  });

  it.each([
    ['v1.2.3', 'allow', 'chart.v_prefix'],
    ['1', 'allow', undefined],
    ['1.2', 'allow', undefined],
    ['1.3', 'deny', 'chart.version_mismatch'],
    ['12', 'deny', 'chart.version_mismatch'],
    ['latest', 'allow', 'chart.tag_unversioned'],
    ['1.2.4', 'deny', 'chart.version_mismatch'],
  ])('under the tag %s: %s', async (tag, verdict, code) => {
    await pushGood(world.registry, 'charts/app', tag);
    const { body } = await verify(`oci://registry.test/charts/app:${tag}`);
    expect(body.verdict).toBe(verdict);
    if (code !== undefined) expect(codes(body)).toContain(code);
  });

  it('is held to the tag even when a digest stands beside it', async () => {
    const archive = await fixture('demo/app-1.0.0.tgz');
    const prov = await fixture('demo/app-1.0.0.tgz.prov');
    const { digest } = await world.registry.pushChart('charts/app', '1.0.0', { archive, prov });
    expect((await verify(`oci://registry.test/charts/app@${digest}`)).body.verdict).toBe('allow');
    expect((await verify(`oci://registry.test/charts/app:1.0.0@${digest}`)).body.verdict).toBe('allow');
    const { body } = await verify(`oci://registry.test/charts/app:1.2.3@${digest}`);
    expect(body.verdict).toBe('deny');
    expect(codes(body)[0]).toBe('chart.version_mismatch');
  });
});

describe('a manifest that clients read differently', () => {
  const evil = { mediaType: MEDIA_TYPES.chart, digest: `sha256:${'1'.repeat(64)}`, size: 10 };

  it.each([
    ['a second chart layer', MEDIA_TYPES.chart, 'manifest.ambiguous'],
    ['a second chart layer of the old type', MEDIA_TYPES.legacyChart, 'manifest.ambiguous'],
    ['a second provenance layer', MEDIA_TYPES.provenance, 'manifest.ambiguous'],
    ['a layer of another kind', 'application/vnd.oci.image.layer.v1.tar+gzip', 'manifest.extra_layer'],
  ])('is denied with %s, before or after the good ones', async (_name, mediaType, code) => {
    for (const place of ['unshift', 'push'] as const) {
      await world.registry.pushChart('charts/app', '1.2.3', {
        ...(await good()),
        mutate: (manifest) => {
          manifest.layers[place]({ ...evil, mediaType });
        },
      });
      const { body } = await verify(GOOD);
      expect(body.verdict).toBe('deny');
      expect(codes(body)[0]).toBe(code);
    }
  });

  it('is denied when it is an index, and the message names what it lists', async () => {
    const { digest } = await pushGood(world.registry);
    await world.registry.putManifest(
      'charts/app',
      '1.2.3',
      {
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.index.v1+json',
        manifests: [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 700 }],
      },
      'application/vnd.oci.image.index.v1+json',
    );
    const { body } = await verify(GOOD);
    expect(body.verdict).toBe('deny');
    expect(codes(body)).toEqual(['manifest.index']);
    expect(body.reasons[0].message).toContain(digest);
  });

  it('is denied when it is a Docker manifest, a container image or no manifest at all', async () => {
    const docker = 'application/vnd.docker.distribution.manifest.v2+json';
    const image = {
      schemaVersion: 2,
      config: { ...evil, mediaType: 'application/vnd.oci.image.config.v1+json' },
      layers: [],
    };
    for (const [manifest, type, code] of [
      [{ ...image, mediaType: docker }, docker, 'manifest.docker_schema'],
      [image, 'application/vnd.oci.image.manifest.v1+json', 'manifest.not_a_chart'],
      [
        new TextEncoder().encode('{"schemaVersion":2,'),
        'application/vnd.oci.image.manifest.v1+json',
        'manifest.invalid',
      ],
      [
        { schemaVersion: 2, config: { ...evil, mediaType: MEDIA_TYPES.config }, layers: [] },
        'application/vnd.oci.image.manifest.v1+json',
        'manifest.not_a_chart',
      ],
    ] as const) {
      await world.registry.putManifest('charts/app', '1.2.3', manifest, type);
      const { body } = await verify(GOOD);
      expect(body.verdict).toBe('deny');
      expect(codes(body)).toEqual([code]);
    }
  });

  it('is allowed with the chart layer type of old Helms, which is stated', async () => {
    await world.registry.pushChart('charts/app', '1.2.3', {
      ...(await good()),
      mutate: (manifest) => {
        for (const layer of manifest.layers)
          if (layer.mediaType === MEDIA_TYPES.chart) layer.mediaType = MEDIA_TYPES.legacyChart;
      },
    });
    const { body } = await verify(GOOD);
    expect(body.verdict).toBe('allow');
    expect(codes(body)).toContain('manifest.legacy_layer_type');
  });
});

describe('unsigned parts of a manifest', () => {
  it('change neither verdict nor what is shown when the annotations are forged', async () => {
    await world.registry.pushChart('charts/app', '1.2.3', {
      ...(await good()),
      annotations: { 'org.opencontainers.image.version': '9.9.9', 'org.opencontainers.image.title': 'evil' },
    });
    const { body } = await verify(GOOD);
    expect(body.verdict).toBe('allow');
    expect(body.subject.chart).toMatchObject({ name: 'app', version: '1.2.3', signed: true });
    const stated = body.reasons.filter(({ code }: { code: string }) => code === 'manifest.unsigned_differs');
    expect(stated.map(({ message }: { message: string }) => message).join()).toMatch(
      /title says "evil".*version says "9\.9\.9"/,
    );
  });

  it('change neither verdict nor what is shown when the config is another', async () => {
    await world.registry.pushChart('charts/app', '1.2.3', {
      ...(await good()),
      config: { ...(await appConfig()), appVersion: '6.6.6' },
    });
    const { body } = await verify(GOOD);
    expect(body.verdict).toBe('allow');
    expect(body.subject.chart).toMatchObject({ appVersion: '2.0', signed: true });
    const stated = body.reasons.find(({ code }: { code: string }) => code === 'manifest.unsigned_differs');
    expect(stated.message).toContain('appVersion');
  });

  it('are marked as unsigned where nobody trusted signed', async () => {
    await world.registry.pushChart('charts/app', '1.2.3', {
      archive: await fixture('demo/unsigned/app-1.2.3.tgz'),
      config: await appConfig(),
    });
    const { body } = await verify(GOOD);
    expect(body.subject.chart).toMatchObject({ name: 'app', version: '1.2.3', signed: false });
  });
});

describe('hostile text', () => {
  const NASTY =
    '\u001b[31mALLOW\u001b[0m\u202e<script>alert(1)</script>\n# ALLOW [x](https://evil.test) @everyone `';

  it('is harmless in every format', async () => {
    await world.registry.pushChart('charts/app', '1.2.3', {
      archive: await fixture('demo/unsigned/app-1.2.3.tgz'),
      annotations: { 'org.opencontainers.image.title': NASTY, 'org.opencontainers.image.version': NASTY },
    });
    for (const format of ['json', 'text', 'markdown']) {
      const { body } = await ask(world.service, { reference: GOOD }, AUTHORIZED, `?format=${format}`);
      const shown = typeof body === 'string' ? body : JSON.stringify(body);
      if (format === 'json') expect(body.verdict).toBe('deny');
      else expect(shown).not.toMatch(/[\u001b\u202e]/);
      if (format === 'markdown') {
        expect(shown).not.toMatch(/^# ALLOW/m);
        expect(shown.replace(/(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, '')).not.toMatch(
          /<script|@everyone|\]\(/,
        );
      }
    }
    const listed = { references: [GOOD, 'oci://registry.test/[x](javascript:1)<script>:1'] };
    const list = await ask(world.service, listed, AUTHORIZED, '?format=markdown');
    expect(list.body).toContain('## chartseal: error');
    expect(list.body.replace(/(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, '')).not.toMatch(/<script|\]\(/);
    const response = await world.service.fetch('/v1/verify', {
      method: 'POST',
      headers: { ...AUTHORIZED, accept: 'application/json' },
      body: JSON.stringify({ reference: GOOD }),
    });
    expect(await response.text()).not.toMatch(/[\u0080-\u009f\u202e]/);
    expect((await world.service.logs()).join('')).not.toMatch(/[\u001b\u202e]/);
  });
});
