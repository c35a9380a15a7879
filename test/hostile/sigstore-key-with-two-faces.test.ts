import { ECDH } from 'node:crypto';
import { expect, test } from 'vitest';
import { readSigstoreKey } from '../../src/sigstore/index.ts';
import { DIGEST, fakeKey, keylessTrust, verify } from '../sigstore/support.ts';
import { bits, oid, sequence } from '../support/sigstore/der.ts';
import { createFakeSigstore } from '../support/sigstore/index.ts';

// One key written in two ways would have two fingerprints: under two trust names it would count twice in atLeast, and a
// block of one fingerprint would not be one of the other.
const CURVES = {
  p256: ['prime256v1', '1.2.840.10045.3.1.7', 65],
  p384: ['secp384r1', '1.3.132.0.34', 97],
  p521: ['secp521r1', '1.3.132.0.35', 133],
} as const;

const others = (['p256', 'p384', 'p521'] as const).flatMap((type) => {
  const [curve, id, size] = CURVES[type];
  const key = fakeKey(type);
  const point = key.spki.subarray(-size);
  return (['compressed', 'hybrid'] as const).map((form) => {
    const other = ECDH.convertKey(point, curve, undefined, undefined, form) as Buffer;
    return {
      name: `${type} ${form}`,
      key,
      spki: sequence(sequence(oid('1.2.840.10045.2.1'), oid(id)), bits(other)),
    };
  });
});

test.each(others)('$name: is no key of a trust entry', async ({ key, spki }) => {
  await expect(readSigstoreKey(spki)).rejects.toMatchObject({ code: 'sigstore.key_invalid' });
  expect((await readSigstoreKey(key.spki)).fingerprint).toBe(key.fingerprint);
});

test('RSA without parameters is the same key', async () => {
  const key = fakeKey('rsa2048');
  const sigstore = createFakeSigstore();
  const trust = await keylessTrust(sigstore);
  // SEQUENCE of the algorithm with NULL (15 bytes) and the bits: the NULL is left out.
  const publicKey = sequence(sequence(oid('1.2.840.113549.1.1.1')), key.spki.subarray(4 + 15));
  const bundle = sigstore.signKeyless({ digest: DIGEST, ephemeralKey: key, certificate: { publicKey } });
  const blocked = { blockedSigners: [key.fingerprint] };
  const { outcomes } = await verify(bundle, trust, blocked);
  expect(outcomes[0]?.reasons.map(({ code }) => code)).toContain('sigstore.signer_blocked');
});

test.each(others)('$name: is no key of a certificate', async ({ key, spki }) => {
  const sigstore = createFakeSigstore();
  const trust = await keylessTrust(sigstore);
  const bundle = (publicKey: Uint8Array) =>
    sigstore.signKeyless({ digest: DIGEST, ephemeralKey: key, certificate: { publicKey } });
  const options = { blockedSigners: [key.fingerprint] };
  expect((await verify(bundle(key.spki), trust)).outcomes[0]?.state).toBe('held');
  expect((await verify(bundle(key.spki), trust, options)).outcomes[0]?.state).toBe('failed');
  expect((await verify(bundle(spki), trust)).outcomes[0]?.state).toBe('failed');
  expect((await verify(bundle(spki), trust, options)).outcomes[0]?.state).toBe('failed');
});
