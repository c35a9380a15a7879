import nodeCrypto, { constants, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import edgeCrypto, { verify } from '../../src/platform/edge/crypto.ts';

// On Node the module that stands for `crypto` at the edge must say what Node's own says; in workerd it is what
// test/sigstore/conformance.test.ts and test/platform/trust-edge.test.ts run on.

const DATA = Buffer.from('data');
const OTHER = Buffer.from('other');
const P256 = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const P384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ED25519 = generateKeyPairSync('ed25519');
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };

type Case = [string, string | undefined, Parameters<typeof verify>[2], Buffer];

const CASES: Case[] = [
  ['P-256', 'sha256', P256.publicKey, sign('sha256', DATA, P256.privateKey)],
  ['P-256 without a digest', undefined, P256.publicKey, sign('sha256', DATA, P256.privateKey)],
  ['P-384', 'sha384', P384.publicKey, sign('sha384', DATA, P384.privateKey)],
  ['P-384 without a digest', undefined, P384.publicKey, sign('sha256', DATA, P384.privateKey)],
  ['Ed25519', undefined, ED25519.publicKey, sign(undefined, DATA, ED25519.privateKey)],
  ['RSA', 'sha256', RSA.publicKey, sign('sha256', DATA, RSA.privateKey)],
  ['RSA without a digest', undefined, RSA.publicKey, sign('sha256', DATA, RSA.privateKey)],
  ['a key in a map', 'sha256', { key: P256.publicKey }, sign('sha256', DATA, P256.privateKey)],
  [
    'a key in a map beside what @tufjs/models adds',
    'sha256',
    { key: P256.publicKey, hashAlgorithm: 'sha256' } as never,
    sign('sha256', DATA, P256.privateKey),
  ],
  ['Ed25519 in a map', undefined, { key: ED25519.publicKey }, sign(undefined, DATA, ED25519.privateKey)],
  [
    'RSA-PSS',
    'sha256',
    { key: RSA.publicKey, ...PSS },
    sign('sha256', DATA, { key: RSA.privateKey, ...PSS }),
  ],
  [
    'IEEE P1363',
    'sha256',
    { key: P256.publicKey, dsaEncoding: 'ieee-p1363' },
    sign('sha256', DATA, { key: P256.privateKey, dsaEncoding: 'ieee-p1363' }),
  ],
  [
    'PEM',
    'sha256',
    P256.publicKey.export({ type: 'spki', format: 'pem' }),
    sign('sha256', DATA, P256.privateKey),
  ],
];

describe('verify at the edge says what that of Node says', () => {
  test.each(CASES)('%s', (_name, algorithm, key, signature) => {
    expect(nodeCrypto.verify(algorithm, DATA, key, signature)).toBe(true);
    expect(verify(algorithm, DATA, key, signature)).toBe(true);
    expect(verify(algorithm, OTHER, key, signature)).toBe(false);
    const altered = Buffer.from(signature);
    altered.writeUInt8(altered.readUInt8(altered.length - 1) ^ 1, altered.length - 1);
    expect(verify(algorithm, DATA, key, altered)).toBe(false);
  });

  test('and does not take one kind of signature for another', () => {
    const pkcs1 = sign('sha256', DATA, RSA.privateKey);
    const pss = sign('sha256', DATA, { key: RSA.privateKey, ...PSS });
    expect(verify('sha256', DATA, { key: RSA.publicKey, ...PSS }, pkcs1)).toBe(false);
    expect(verify('sha256', DATA, RSA.publicKey, pss)).toBe(false);
    expect(verify('sha384', DATA, P256.publicKey, sign('sha256', DATA, P256.privateKey))).toBe(false);
  });

  test('the rest of the module is that of Node', () => {
    expect(edgeCrypto.createHash).toBe(nodeCrypto.createHash);
    expect(edgeCrypto.constants).toBe(nodeCrypto.constants);
    expect(edgeCrypto.verify).toBe(verify);
  });
});
