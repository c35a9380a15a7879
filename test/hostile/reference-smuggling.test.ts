import { beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../support/service.ts';
import { AUTHORIZED, createWorld, pushGood, type World } from '../support/world.ts';

// A reference is the one thing a caller writes that becomes a URL: it must lead to the listed host and below /v2/ of
// the repository that was judged, or nowhere.

let world: World;
beforeAll(async () => {
  world = await createWorld({ config: { registries: [{ host: 'registry.test' }, { host: '*' }] } });
  await pushGood(world.registry);
});

it.each([
  'oci://registry.test./charts/app:1.2.3',
  'oci://REGISTRY.test/charts/app:1.2.3',
  'oci://registry.test:443/charts/app:1.2.3',
  'oci://registry.test:0443/charts/app:1.2.3',
  'OCI://registry.test/charts/app:1.2.3',
  'registry.test/charts/app:1.2.3',
])('is one spelling of the same chart: %s', async (reference) => {
  const { body } = await ask(world.service, { reference }, AUTHORIZED);
  expect([body.verdict, body.subject.reference]).toEqual(['allow', 'oci://registry.test/charts/app:1.2.3']);
});

describe('asks nobody', () => {
  it.each([
    'oci://user:password@registry.test/charts/app:1.2.3',
    'oci://user:pass/word@registry.test/charts/app:1.2.3',
    'oci://registry.test\\@evil.example.com/charts/app:1.2.3',
    'oci://registry.test#@evil.example.com/charts/app:1.2.3',
    'oci://registry.test?@evil.example.com/charts/app:1.2.3',
    'oci://registry.test/charts/%61pp:1.2.3',
    'oci://registry.test/charts/%2e%2e/app:1.2.3',
    'oci://registry.test/charts/../charts/app:1.2.3',
    'oci://registry.test/../v2/charts/app:1.2.3',
    'oci://registry.test/./charts/app:1.2.3',
    'oci://registry.test/charts//app:1.2.3',
    'oci://registry.test//charts/app:1.2.3',
    'oci://registry.test/charts/app:1.2.3?x=1',
    'oci://registry.test/charts/app:1.2.3#x',
    'oci://registry.test/charts/app:1.2.3/../../blobs/x',
    'oci://registry.test/charts/app:..',
    'oci://registry.test/charts/app:1.2.3\r\nx-evil: 1',
    'oci://registry.test/charts/app:1.2.3\u0000',
    'oci://registry.test/charts/app:1.2.3 ',
    'oci://registry。test/charts/app:1.2.3',
    'oci://ⓡegistry.test/charts/app:1.2.3',
    'oci://regiſtry.test/charts/app:1.2.3',
    'oci://registry.test/charts/аpp:1.2.3',
    'oci://registry.test:99999/charts/app:1.2.3',
    'oci://registry.test:/charts/app:1.2.3',
    'oci://registry.test/__proto__/app:1.2.3',
    `oci://registry.test/charts/app@sha256:${'A'.repeat(64)}`,
    `oci://registry.test/charts/app@sha512:${'a'.repeat(128)}`,
    'https://registry.test/charts/app:1.2.3',
    'file:///etc/passwd',
  ])('%j', async (reference) => {
    world.registry.requests.length = 0;
    const { status, body } = await ask(world.service, { reference }, AUTHORIZED);
    expect([status, body.code]).toEqual([422, 'reference.invalid']);
    expect(world.registry.requests).toEqual([]);
    expect(JSON.stringify(body)).not.toMatch(/password|pass\b|\\r|\\u0000/);
  });

  it.each([
    '127.0.0.1',
    '127.1',
    '0x7f.1',
    '2130706433',
    '0177.0.0.1',
    '169.254.169.254',
    '10.1.2.3:5000',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[64:ff9b::7f00:1]',
    'localhost',
    'registry.localhost',
    'metadata.google.internal',
    'kubernetes.default.svc',
    'redis',
  ])('under the wildcard "*": %s', async (host) => {
    const { status, body } = await ask(world.service, { reference: `oci://${host}/a/b:1` }, AUTHORIZED);
    expect([status, body.code]).toEqual([403, 'registry.address_refused']);
    expect(body.detail).toContain('covers public hosts only');
  });
});

it.each(['..', '1.2.3/../../x', '1.2.3?x', '%2e%2e', '1.2.3\n', 'sha256:abc', '../blobs/x'])(
  'a version becomes no part of a path that a tag is not: %j',
  async (version) => {
    world.registry.requests.length = 0;
    await ask(world.service, { reference: 'oci://registry.test/charts/app', version }, AUTHORIZED);
    for (const { path } of world.registry.requests) {
      expect(path).toMatch(
        /^\/v2\/charts\/app\/(?:manifests\/[A-Za-z0-9_][A-Za-z0-9._-]*|blobs\/sha256:[0-9a-f]{64}|tags\/list\?n=\d+)$/,
      );
    }
  },
);
