import { describe, expect, test } from 'vitest';
import {
  makeVaultCertificate,
  readKeyring,
  type VaultSignerOptions,
  vaultSigner,
} from '../../src/provenance/index.ts';
import { NOW, outcomeOf, signedTextFor, trust, verify } from '../support/signing.ts';
import { createTransit, TOKEN, VAULT } from '../support/transit.ts';

const userId = 'Release Team <release@example.com>';

async function world(type: 'rsa-3072' | 'ecdsa-p256' = 'ecdsa-p256') {
  const transit = createTransit(type);
  const made = await makeVaultCertificate({ ...VAULT, fetch: transit.fetch, userId, at: NOW });
  transit.requests.length = 0;
  const signer = (options: Partial<VaultSignerOptions> = {}) =>
    vaultSigner({ ...VAULT, fetch: transit.fetch, publicKey: made.publicBinary, at: NOW, ...options });
  return { transit, made, signer };
}

describe('a key in Vault', () => {
  test.each(['rsa-3072', 'ecdsa-p256'] as const)('signs: %s', async (type) => {
    const { transit, made, signer } = await world(type);
    const vault = await signer();
    expect(transit.requests).toEqual([]);
    const provenance = await vault.clearsign(signedTextFor(), NOW);
    const keyring = await readKeyring(made.publicBinary);
    expect(outcomeOf(await verify(provenance, [trust('own', keyring)]))).toEqual({
      state: 'held',
      codes: [],
    });
    const [request, ...more] = transit.requests;
    expect(more).toEqual([]);
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://vault.example.com:8200/v1/transit/sign/release/sha2-512',
      body: { prehashed: true, signature_algorithm: 'pkcs1v15', marshaling_algorithm: 'asn1' },
    });
    expect(Object.fromEntries(request!.headers)).toMatchObject({
      'x-vault-token': TOKEN,
      'x-vault-request': 'true',
      'content-type': 'application/json',
    });
    expect(request!.headers.has('x-vault-namespace')).toBe(false);
  });

  test('that was rotated goes on with the version of its certificate, when told so', async () => {
    const { transit, made, signer } = await world();
    expect(made.keyVersion).toBe(1);
    transit.rotate();
    await expect((await signer()).clearsign(signedTextFor(), NOW)).rejects.toMatchObject({
      code: 'sign.signer_refused',
      help: expect.stringContaining('rotated'),
    });
    const pinned = await signer({ keyVersion: 1 });
    await expect(pinned.clearsign(signedTextFor(), NOW)).resolves.toContain('SIGNATURE');
    const next = await makeVaultCertificate({ ...VAULT, fetch: transit.fetch, userId, at: NOW });
    expect(next).toMatchObject({ keyVersion: 2 });
    expect(next.fingerprint).not.toBe(made.fingerprint);
    const old = await makeVaultCertificate({
      ...VAULT,
      fetch: transit.fetch,
      userId,
      at: NOW,
      keyVersion: 1,
    });
    expect(old.fingerprint).toBe(made.fingerprint);
  });

  test('is found below a path, another mount and a namespace', async () => {
    const { transit, signer } = await world();
    transit.answer = () => Response.json({ errors: [] }, { status: 404 });
    const options = {
      address: 'https://gate.example.com/vault/',
      mount: 'team/transit',
      namespace: 'acme/prod',
    };
    await (await signer(options)).clearsign(signedTextFor(), NOW).catch(() => {});
    expect(transit.requests[0]!.url).toBe(
      'https://gate.example.com/vault/v1/team/transit/sign/release/sha2-512',
    );
    expect(transit.requests[0]!.headers.get('x-vault-namespace')).toBe('acme/prod');
  });

  test('takes a token with a line end, as files have', async () => {
    const { signer } = await world();
    const vault = await signer({ token: `${TOKEN}\n` });
    await expect(vault.clearsign(signedTextFor(), NOW)).resolves.toContain('SIGNATURE');
  });

  test.each<[string, Partial<VaultSignerOptions>]>([
    ['http', { address: 'http://vault.example.com:8200' }],
    ['no URL', { address: 'vault.example.com' }],
    ['a password in the address', { address: 'https://a:b@vault.example.com' }],
    ['a query in the address', { address: 'https://vault.example.com?x=1' }],
    ['a key name that is a path', { key: '../../sys/seal' }],
    ['a key name with a query', { key: 'release?x' }],
    ['a mount with dots', { mount: '../sys' }],
    ['an empty token', { token: ' ' }],
    ['a token of two lines', { token: 'a\nx-other: b' }],
    ['a namespace of two lines', { namespace: 'a\r\nb' }],
  ])('with %s: refused at start', async (_, options) => {
    const { signer } = await world();
    await expect(signer(options)).rejects.toMatchObject({ code: 'sign.key_unusable' });
  });

  test.each(['http://127.0.0.1:8200', 'http://localhost:8200', 'http://[::1]:8200'])(
    'may be at %s',
    async (address) => {
      const { signer } = await world();
      await expect(signer({ address })).resolves.toBeDefined();
    },
  );

  test.each(['rsa-2048', 'ed25519'] as const)('of type %s gets no certificate', async (type) => {
    const transit = createTransit(type);
    const making = makeVaultCertificate({ ...VAULT, fetch: transit.fetch, userId, at: NOW });
    await expect(making).rejects.toMatchObject({
      code: 'sign.key_unusable',
      message: expect.stringContaining(`"${type}"`),
    });
  });

  test('that has no such version gets no certificate', async () => {
    const { transit } = await world();
    const making = makeVaultCertificate({ ...VAULT, fetch: transit.fetch, userId, at: NOW, keyVersion: 7 });
    await expect(making).rejects.toMatchObject({ code: 'sign.signer_refused' });
  });
});
