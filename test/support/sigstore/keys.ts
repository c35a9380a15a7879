import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';

export type FakeKeyType =
  | 'p256'
  | 'p384'
  | 'p521'
  | 'rsa2048'
  | 'rsa3072'
  | 'rsa4096'
  | 'ed25519'
  | 'ed25519ph';

export interface FakeKey {
  type: FakeKeyType;
  privateKey: KeyObject;
  /** SubjectPublicKeyInfo. */
  spki: Buffer;
  publicKeyPem: string;
  /** Base64 of SHA-256 over the SPKI. */
  hint: string;
  /** Upper-case hex of SHA-256 over the SPKI. */
  fingerprint: string;
  /** What the key signs with by default. */
  hash: 'sha256' | 'sha384' | 'sha512';
  /** Rekor v2's name of key and hash. */
  keyDetails: string;
  /** @param hash another than the default */
  sign(data: Uint8Array, hash?: string): Buffer;
}

const KINDS = {
  p256: { curve: 'P-256', hash: 'sha256', keyDetails: 'PKIX_ECDSA_P256_SHA_256' },
  p384: { curve: 'P-384', hash: 'sha384', keyDetails: 'PKIX_ECDSA_P384_SHA_384' },
  p521: { curve: 'P-521', hash: 'sha512', keyDetails: 'PKIX_ECDSA_P521_SHA_512' },
  rsa2048: { bits: 2048, hash: 'sha256', keyDetails: 'PKIX_RSA_PKCS1V15_2048_SHA256' },
  rsa3072: { bits: 3072, hash: 'sha256', keyDetails: 'PKIX_RSA_PKCS1V15_3072_SHA256' },
  rsa4096: { bits: 4096, hash: 'sha256', keyDetails: 'PKIX_RSA_PKCS1V15_4096_SHA256' },
  ed25519: { hash: 'sha512', keyDetails: 'PKIX_ED25519' },
  ed25519ph: { hash: 'sha512', keyDetails: 'PKIX_ED25519_PH' },
} as const;

/** A new key. */
export function createFakeKey(type: FakeKeyType = 'p256'): FakeKey {
  const { privateKey, publicKey } = generate(type);
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const fingerprint = createHash('sha256').update(spki).digest();
  const { hash, keyDetails } = KINDS[type];
  return {
    type,
    privateKey,
    spki,
    publicKeyPem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    hint: fingerprint.toString('base64'),
    fingerprint: fingerprint.toString('hex').toUpperCase(),
    hash,
    keyDetails,
    sign(data, other) {
      if (type === 'ed25519') return sign(null, data, privateKey);
      if (type === 'ed25519ph') {
        const { d } = privateKey.export({ format: 'jwk' });
        return Buffer.from(ed25519ph.sign(data, Buffer.from(d!, 'base64url')));
      }
      return sign(other ?? hash, data, privateKey);
    },
  };
}

function generate(type: FakeKeyType): { privateKey: KeyObject; publicKey: KeyObject } {
  const kind = KINDS[type];
  if ('curve' in kind) return generateKeyPairSync('ec', { namedCurve: kind.curve });
  if ('bits' in kind) return generateKeyPairSync('rsa', { modulusLength: kind.bits });
  return generateKeyPairSync('ed25519');
}
