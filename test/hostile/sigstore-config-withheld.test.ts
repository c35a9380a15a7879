import { beforeEach, expect, test } from 'vitest';
import { attachBundle } from '../support/attach-signature.ts';
import { fixture } from '../support/fixtures.ts';
import { ask } from '../support/service.ts';
import { createFakeSigstore } from '../support/sigstore/index.ts';
import { AUTHORIZED, appConfig, createWorld, type World } from '../support/world.ts';

// At `depth: content` the archive is compared with the config that the signed manifest names. A registry that keeps the
// config to itself, or a config that is none, must not take that comparison away: what would be denied would be allowed.

const NOW = Date.UTC(2026, 10, 24, 12);
const sigstore = createFakeSigstore({ clock: () => NOW });
const REFERENCE = 'oci://registry.test/charts/app:1.2.3';
let world: World;
let config: string;

async function start(content: Record<string, unknown> | Uint8Array, require: unknown = 'key') {
  world = await createWorld({
    config: {
      trust: {
        key: { sigstore: { key: 'cosign.pub', root: 'root.json' } },
        release: { pgp: 'release.asc' },
      },
      policies: [{ name: 'default', match: ['**'], require, depth: 'content' }],
    },
    files: {
      'cosign.pub': new TextEncoder().encode(sigstore.publicKeyPem),
      'root.json': new TextEncoder().encode(sigstore.trustedRootJson),
    },
    now: NOW,
  });
  const { registry } = world;
  const chart = {
    archive: await fixture('demo/app-1.2.3.tgz'),
    prov: await fixture('demo/app-1.2.3.tgz.prov'),
    config: content,
    annotations: {
      'org.opencontainers.image.title': 'app',
      'org.opencontainers.image.version': '1.2.3',
    },
  };
  const subject = await registry.pushChart('charts/app', '1.2.3', chart);
  config = subject.config;
  const place = { registry, repository: 'charts/app', subject };
  await attachBundle(place, sigstore.signWithKey({ digest: subject.digest }).bytes());
}

async function judge() {
  const { status, body } = await ask(world.service, { reference: REFERENCE }, AUTHORIZED);
  expect(status).toBe(200);
  const codes = body.reasons.map(({ code }: { code: string }) => code);
  return { verdict: body.verdict, retryable: body.retryable, codes };
}

beforeEach(async () => {
  await start({ ...(await appConfig()), description: 'another' });
});

test('a config that differs is denied', async () => {
  expect(await judge()).toMatchObject({
    verdict: 'deny',
    codes: expect.arrayContaining(['archive.metadata_differs']),
  });
});

test.each([
  ['is not there', { status: 404 }, 'registry.blob_missing', false],
  ['cannot be had now', { status: 503 }, 'registry.unavailable', true],
  ['may not be read', { status: 403 }, 'registry.unauthorized', false],
])('one that %s: nothing is known', async (_, { status }, code, retryable) => {
  world.registry.quirks = { status: { match: new RegExp(`/blobs/${config}`), status } };
  const found = await judge();
  expect(found).toMatchObject({ verdict: 'inconclusive', retryable });
  expect(found.codes).toContain(code);
});

test('one that is sent as another: nothing is known', async () => {
  world.registry.quirks = { wrongBytes: { match: new RegExp(`/blobs/${config}`) } };
  expect((await judge()).verdict).toBe('inconclusive');
});

test.each(['[]', '{', '', '{"name":["app"]}', 'null'])('a config that is none (%s): denied', async (text) => {
  await start(new TextEncoder().encode(text));
  const found = await judge();
  expect(found.verdict).toBe('deny');
  expect(found.codes).toContain('archive.metadata_differs');
});

test('where PGP signed the archive, what it says is what is compared', async () => {
  await start({ ...(await appConfig()), description: 'another' }, { allOf: ['key', 'release'] });
  world.registry.quirks = { status: { match: new RegExp(`/blobs/${config}`), status: 404 } };
  expect((await judge()).verdict).toBe('allow');
});

test('the right config: allowed', async () => {
  await start(await appConfig());
  expect((await judge()).verdict).toBe('allow');
});
