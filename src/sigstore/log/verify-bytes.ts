import { type KeyObject, verify } from 'node:crypto';

export type Digest = 'sha256' | 'sha384' | 'sha512';

/**
 * Is this a signature of these bytes by this key? ECDSA signatures as DER, RSA as PKCS #1 v1.5, Ed25519 pure.
 * What no signature can be is none: never throws.
 * @param digest of ECDSA and RSA; workerd, other than Node, has no default for it
 */
export function verifyBytes(
  key: KeyObject,
  digest: Digest,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    return verify(key.asymmetricKeyType === 'ed25519' ? undefined : digest, data, key, signature);
  } catch {
    return false;
  }
}
