import { describe, expect, test } from 'vitest';
import {
  createKeySigner,
  readSigningConfig,
  vaultCosignKey,
  vaultPublicKey,
} from '../../../src/sigstore/index.ts';
import { createSigstoreServices, NOW, signingConfigJson } from '../../support/sigstore-services/index.ts';
import { createTransit, TOKEN, VAULT } from '../../support/transit.ts';
import { bundleItem, judge, keyIdentity } from './judge.ts';

const digest = `sha256:${'4c'.repeat(32)}`;
const input = { subject: { digest }, at: NOW };

async function world(type: 'rsa-2048' | 'rsa-3072' | 'ecdsa-p256' = 'ecdsa-p256') {
  const transit = createTransit(type);
  const access = { ...VAULT, fetch: transit.fetch };
  const shown = await vaultPublicKey(access);
  transit.requests.length = 0;
  return { transit, access, shown, publicKey: Buffer.from(shown.publicPem) };
}

describe('a key in Vault', () => {
  test.each([
    ['ecdsa-p256', 'ECDSA P-256'],
    ['rsa-2048', 'RSA-2048'],
    ['rsa-3072', 'RSA-3072'],
  ] as const)('%s signs as cosign does, and never leaves it', async (type, algorithm) => {
    const { transit, access, shown, publicKey } = await world(type);
    expect(shown).toMatchObject({ algorithm, keyVersion: 1 });
    const services = createSigstoreServices();
    const key = vaultCosignKey({ ...access, publicKey });
    const signingConfig = readSigningConfig(signingConfigJson(['rekor2', 'tsa']));
    const signer = createKeySigner({ ...services.environment, key, signingConfig });
    expect(transit.requests).toEqual([]);
    const signed = await signer.sign(input);
    const identity = await keyIdentity(shown.publicPem);
    expect(await judge(bundleItem(signed), digest, identity, { sigstore: services.sigstore })).toBe('held');
    expect(signed.signer).toEqual({ fingerprint: shown.fingerprint });
    const [request, ...more] = transit.requests;
    expect(more).toEqual([]);
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://vault.example.com:8200/v1/transit/sign/release/sha2-256',
      body: { prehashed: true, signature_algorithm: 'pkcs1v15', marshaling_algorithm: 'asn1' },
    });
    expect(request?.headers.get('x-vault-token')).toBe(TOKEN);
  });

  test('that was rotated: the signature by the new version is refused, the old version signs when it is named', async () => {
    const { transit, access, shown, publicKey } = await world();
    transit.rotate();
    const { environment } = createSigstoreServices();
    const rotated = createKeySigner({ ...environment, key: vaultCosignKey({ ...access, publicKey }) });
    await expect(rotated.sign(input)).rejects.toMatchObject({
      code: 'sign.signer_refused',
      message: expect.stringContaining(shown.fingerprint),
    });
    const pinned = vaultCosignKey({ ...access, publicKey, keyVersion: 1 });
    expect((await createKeySigner({ ...environment, key: pinned }).sign(input)).signer.fingerprint).toBe(
      shown.fingerprint,
    );
    expect(await vaultPublicKey(access)).toMatchObject({ keyVersion: 2 });
    expect(await vaultPublicKey({ ...access, keyVersion: 1 })).toEqual(shown);
  });

  test('of a type that signs no digests: refused, with those that do', async () => {
    const transit = createTransit('ed25519');
    await expect(vaultPublicKey({ ...VAULT, fetch: transit.fetch })).rejects.toMatchObject({
      code: 'sign.cosign_key_unusable',
      help: expect.stringContaining('ecdsa-p256'),
    });
  });

  test('that cannot be reached: to be tried again', async () => {
    const { publicKey } = await world();
    const fetch = async () => Promise.reject(new TypeError('fetch failed'));
    const key = vaultCosignKey({ ...VAULT, fetch, publicKey });
    const { environment } = createSigstoreServices();
    await expect(createKeySigner({ ...environment, key }).sign(input)).rejects.toMatchObject({
      code: 'sign.signer_unavailable',
      retryable: true,
    });
  });

  test.each([
    ['nothing', ''],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
    ['a damaged key', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'],
    ['something without end', 'x'.repeat(100_000)],
  ])('with %s for its public half: refused', (_, text) => {
    const make = () => vaultCosignKey({ ...VAULT, fetch, publicKey: Buffer.from(text) });
    expect(make).toThrow(expect.objectContaining({ code: 'sign.cosign_key_unusable' }));
  });
});
