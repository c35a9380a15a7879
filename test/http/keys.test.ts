import { createHash } from 'node:crypto';
import { readKeys } from 'openpgp';
import { describe, expect, test } from 'vitest';
import { wkdHash } from '../../src/http/wkd.ts';
import { readKeyring } from '../../src/provenance/index.ts';
import { readSigstoreKey } from '../../src/sigstore/index.ts';
import { readFixture, signerOf, sigstoreSignerOf } from '../config/support.ts';
import { createFakeSigstore } from '../support/sigstore/index.ts';
import { startApp } from './support.ts';

const BASE = 'https://chartseal.test';

async function start(retired = ['keys/expired.asc', 'keys/ed25519.asc', 'keys/release.asc']) {
  const world = await startApp({ keys: { retired } });
  const entry = {
    scheme: 'pgp' as const,
    name: 'release',
    signer: await signerOf('release'),
    repositories: ['**'],
    callers: ['ci'],
    mayReplace: false,
    unsafeSignTags: false,
  };
  world.config.signing.set('release', entry);
  return { ...world, get: (path: string, headers = {}) => world.app.request(`${BASE}${path}`, { headers }) };
}

const fingerprint = async (name: string) =>
  (await readKeyring(await readFixture(`keys/${name}.gpg`))).keys[0]?.fingerprint as string;
const ringOf = async (response: Response) =>
  (await readKeyring(new Uint8Array(await response.arrayBuffer()))).keys.map((key) => key.fingerprint);

describe('public keys', () => {
  test('are listed for anyone, with what their users want to know', async () => {
    const { get } = await start();
    const response = await get('/v1/keys');
    const { keys } = (await response.json()) as { keys: Record<string, unknown>[] };
    const [release, expired, ed25519] = keys;
    expect(keys).toHaveLength(3);
    expect(release).toMatchObject({
      name: 'release',
      retired: false,
      fingerprint: await fingerprint('release'),
      algorithm: expect.stringMatching(/^rsa\d{4}$/),
      expires: null,
      revoked: false,
      helm: ['<=3.21.3', '>=3.21.4 <4', '>=4'],
      userIds: [expect.stringContaining('@')],
    });
    expect(release?.annotation).toBe(
      `artifacthub.io/signKey: |\n  fingerprint: ${release?.fingerprint}\n  url: ${BASE}/keys/pgp.asc\n`,
    );
    expect(expired).toMatchObject({ name: null, retired: true, expires: expect.stringMatching(/Z$/) });
    expect(ed25519).toMatchObject({ algorithm: 'ed25519', helm: ['>=3.21.4 <4', '>=4'] });
    expect(release?.created).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  test('name the address that the configuration says, whatever host was asked', async () => {
    const world = await startApp({
      keys: { retired: ['keys/release.asc'], publicUrl: 'https://public.test' },
    });
    const text = await (await world.app.request('http://evil.test/v1/keys')).text();
    expect(text).toContain('url: https://public.test/keys/pgp.asc');
    expect(text).not.toContain('evil');
  });

  test('come as one keyring that every Helm loads, and as all of them', async () => {
    const { get } = await start();
    const every = await get('/keys/pgp.gpg');
    expect(every.headers.get('content-type')).toBe('application/octet-stream');
    const [release, expired, ed25519] = await Promise.all(['release', 'expired', 'ed25519'].map(fingerprint));
    expect(await ringOf(every)).toEqual([release, expired]);
    expect(await ringOf(await get('/keys/pgp-all.gpg'))).toEqual([release, expired, ed25519]);
    const armored = await get('/keys/pgp.asc');
    expect(armored.headers.get('content-type')).toBe('application/pgp-keys');
    const text = await armored.text();
    expect(text).not.toMatch(/Comment|Version/);
    // The checksum that gpg makes of the same bytes.
    expect(text).toMatch(/\n=[A-Za-z0-9+/]{4}\n-----END/);
    const read = await readKeys({ armoredKeys: text });
    expect(read.map((key) => key.getFingerprint().toUpperCase())).toEqual([release, expired, ed25519]);
  });

  test.each([
    '/v1/keys',
    '/keys/pgp.asc',
    '/keys/pgp.gpg',
    '/keys/pgp-all.gpg',
    '/.well-known/openpgpkey/policy',
  ])('%s may be kept, and asked for again by its tag', async (path) => {
    const { get, app } = await start();
    const first = await get(path);
    const etag = first.headers.get('etag') ?? '';
    expect(first.status).toBe(200);
    expect(first.headers.get('cache-control')).toBe('public, max-age=300');
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await get(path, { 'if-none-match': tag });
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
    }
    expect((await get(path, { 'if-none-match': '"other"' })).status).toBe(200);
    const head = await app.request(`${BASE}${path}`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  test('are not found where there are none', async () => {
    const { get } = await startApp().then(({ app }) => ({
      get: (path: string) => app.request(`${BASE}${path}`),
    }));
    expect(await (await get('/v1/keys')).json()).toEqual({ keys: [] });
    for (const path of [
      '/keys/pgp.asc',
      '/keys/pgp.gpg',
      '/keys/pgp-all.gpg',
      '/keys/other',
      '/keys/../v1',
    ]) {
      expect((await get(path)).status).toBe(404);
    }
  });
});

describe('the Web Key Directory', () => {
  test('names a mailbox as the draft does', async () => {
    // draft-koch-openpgp-webkey-service, section 3.1.
    expect(await wkdHash('Joe.Doe')).toBe('iy9q119eutrkn8s1mk4r39qejnbu3n5q');
  });

  test('gives the keys of an address, by both methods', async () => {
    const { get } = await start([]);
    const [userId = ''] = (await signerOf('release')).userIds;
    const [, local = '', domain = ''] = /<(.+)@(.+)>/.exec(userId) ?? [];
    const hash = await wkdHash(local);
    const paths = [
      `/hu/${hash}?l=${local}`,
      `/${domain}/hu/${hash}?l=${local}`,
      `/${domain.toUpperCase()}/hu/${hash}`,
    ];
    for (const path of paths) {
      expect(await ringOf(await get(`/.well-known/openpgpkey${path}`))).toEqual([
        await fingerprint('release'),
      ]);
    }
    for (const path of [
      `/elsewhere.test/hu/${hash}`,
      `/hu/${'y'.repeat(32)}`,
      '/hu/..%2f..%2fetc',
      `/${domain}/hu/`,
    ]) {
      expect((await get(`/.well-known/openpgpkey${path}`)).status).toBe(404);
    }
    expect((await get(`/.well-known/openpgpkey/${domain}/policy`)).status).toBe(200);
    const digest = createHash('sha1').update(local.toLowerCase()).digest();
    expect(digest.length * 8).toBe(hash.length * 5);
  });
});

describe('keys of sigstore', () => {
  async function startSigstore() {
    const old = createFakeSigstore();
    const retired = { file: 'old.pub', key: await readSigstoreKey(Buffer.from(old.publicKeyPem)) };
    const world = await startApp({ keys: { retired: ['keys/expired.asc'] } });
    world.config.keys.retired.push(retired);
    const signers = { first: await sigstoreSignerOf('key'), second: await sigstoreSignerOf('key') };
    const rules = { repositories: ['**'], callers: ['ci'], unsafeSignTags: false, legacyTag: false };
    const trust = {
      root: undefined,
      transparencyLog: 'optional',
      certificateTransparency: 'required',
    } as const;
    for (const [name, signer] of [
      ['keyless', await sigstoreSignerOf('keyless')],
      ...Object.entries({
        ...signers,
        second: { ...signers.second, cosignFlags: ['--insecure-ignore-tlog'] },
      }),
    ] as const) {
      const entry = { scheme: 'sigstore' as const, name, signer, trust, annotations: new Map(), ...rules };
      world.config.signing.set(name, entry);
    }
    return {
      signers,
      old,
      get: (path: string, headers = {}) => world.app.request(`${BASE}${path}`, { headers }),
    };
  }

  test('are listed beside those of PGP; a keyless signer has none', async () => {
    const { get, signers, old } = await startSigstore();
    const { keys } = (await (await get('/v1/keys')).json()) as { keys: Record<string, unknown>[] };
    expect(keys.map(({ scheme, name }) => [scheme, name])).toEqual([
      ['pgp', null],
      ['sigstore', 'first'],
      ['sigstore', 'second'],
      ['sigstore', null],
    ]);
    expect(keys[1]).toEqual({
      name: 'first',
      scheme: 'sigstore',
      retired: false,
      fingerprint: signers.first.key?.fingerprint,
      algorithm: 'ECDSA P-256',
      publicKey: signers.first.key?.pem,
      url: `${BASE}/keys/cosign/first.pub`,
      cosignFlags: [],
    });
    expect(keys[2]?.cosignFlags).toEqual(['--insecure-ignore-tlog']);
    expect(keys[3]).toMatchObject({ retired: true, publicKey: old.publicKeyPem, cosignFlags: null });
  });

  test('come one a file, as cosign reads them', async () => {
    const { get, signers, old } = await startSigstore();
    expect(await (await get('/keys/cosign.pub')).text()).toBe(signers.first.key?.pem);
    const second = await get('/keys/cosign/second.pub');
    expect(second.headers.get('content-type')).toBe('application/x-pem-file');
    expect(await second.text()).toBe(signers.second.key?.pem);
    const retired = await get(`/keys/cosign/${old.key.fingerprint.toLowerCase()}.pub`);
    expect(await retired.text()).toBe(old.publicKeyPem);
    const etag = second.headers.get('etag') ?? '';
    expect((await get('/keys/cosign/second.pub', { 'if-none-match': etag })).status).toBe(304);
    for (const name of ['keyless', 'nosuch', 'null', '..%2f..%2fetc', 'first.pub%00']) {
      expect((await get(`/keys/cosign/${name}.pub`)).status).toBe(404);
    }
  });

  test('are not found where there are none', async () => {
    const { get } = await start([]);
    expect((await get('/keys/cosign.pub')).status).toBe(404);
  });
});
