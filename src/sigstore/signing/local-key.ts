import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import type { SignatureAlgorithm } from './signature-algorithm.ts';
import { isBy, type SigningKey, signingKey } from './signing-key.ts';
import { unusableKey } from './unusable-key.ts';

/**
 * A key whose secret half is in this process. It is tried once: the halves may not belong to each other.
 * @throws ChartsealError sign.cosign_key_unusable
 */
export function localKey(secret: KeyObject): SigningKey {
  const signWith = async (bytes: Uint8Array, { hash }: SignatureAlgorithm) =>
    sign(hash ?? null, bytes, secret);
  const key = signingKey(createPublicKey(secret), signWith);
  const trial = new Uint8Array(32);
  let signature: Uint8Array;
  try {
    signature = sign(key.algorithm.hash ?? null, trial, secret);
  } catch {
    throw unusableKey('the key does not sign; its secret half may be damaged');
  }
  if (!isBy(key, trial, signature)) throw unusableKey('the halves of the key do not belong to each other');
  return key;
}
