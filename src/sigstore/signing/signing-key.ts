import { type KeyObject, verify } from 'node:crypto';
import { ChartsealError } from '../../base/error.ts';
import { writePem } from '../../base/write-pem.ts';
import type { SigstoreKey } from '../key.ts';
import { publicHalf } from './public-half.ts';
import { type SignatureAlgorithm, signatureAlgorithm } from './signature-algorithm.ts';

/** A key that signs charts as cosign does, wherever its secret half is. Holds no secret that can be seen from outside. */
export interface SigningKey {
  readonly public: SigstoreKey;
  /** `-----BEGIN PUBLIC KEY-----`, as in cosign.pub. */
  readonly publicPem: string;
  readonly algorithm: SignatureAlgorithm;
  /**
   * Signs the bytes (not their hash). ECDSA as DER, RSA as PKCS#1 v1.5, Ed25519 pure.
   * @throws ChartsealError sign.cosign_key_unusable, sign.signer_unavailable (retryable), sign.signer_refused (the signature
   *   is not by this key)
   */
  sign(bytes: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>;
}

/**
 * A key from its public half and what signs with it. What comes back is verified.
 * @throws ChartsealError sign.cosign_key_unusable
 */
export function signingKey(
  publicKey: KeyObject,
  signWith: (
    bytes: Uint8Array,
    algorithm: SignatureAlgorithm,
    signal: AbortSignal | undefined,
  ) => Promise<Uint8Array>,
): SigningKey {
  const algorithm = signatureAlgorithm(publicKey);
  const half = publicHalf(publicKey);
  const key: SigningKey = {
    public: half,
    publicPem: writePem('PUBLIC KEY', half.spki),
    algorithm,
    sign: async (bytes, signal) => {
      const signature = await signWith(bytes, algorithm, signal);
      if (isBy(key, bytes, signature)) return new Uint8Array(signature);
      throw new ChartsealError(
        'sign.signer_refused',
        `the signature is not by the key with the fingerprint ${half.fingerprint}`,
        { help: 'Was the key rotated? Name the version of the public key, or give the new public key.' },
      );
    },
  };
  return key;
}

/** Is this the signature of these bytes by this key? */
export function isBy(key: SigningKey, bytes: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify(key.algorithm.hash ?? null, bytes, key.public.keyObject, signature);
  } catch {
    return false;
  }
}
