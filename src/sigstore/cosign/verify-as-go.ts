import { Buffer } from 'node:buffer';
import { type KeyObject, verify } from 'node:crypto';
import { type Digest, verifyBytes } from '../log/verify-bytes.ts';
import { keyFacts } from './key-facts.ts';

/**
 * Is this a signature as sigstore's verifiers in Go take them (sigstore:pkg/signature/ecdsa.go)? They take ECDSA
 * signatures also as two numbers side by side (IEEE P1363).
 */
export function verifyAsGo(key: KeyObject, digest: Digest, data: Uint8Array, signature: Uint8Array): boolean {
  if (key.asymmetricKeyType !== 'ec' || isSequence(signature))
    return verifyBytes(key, digest, data, signature);
  if (!isPair(signature)) return false;
  const size = SIZES[keyFacts(key)?.digest ?? 'sha256'];
  const half = signature.length / 2;
  const pair = Buffer.alloc(size * 2);
  for (const [at, number] of [signature.subarray(0, half), signature.subarray(half)].entries()) {
    const significant = number.subarray(number.findIndex((byte) => byte !== 0));
    if (significant.length > size) return false;
    pair.set(significant, (at + 1) * size - significant.length);
  }
  try {
    return verify(digest, data, { key, dsaEncoding: 'ieee-p1363' }, pair);
  } catch {
    return false;
  }
}

/** Bytes of a number of P-256, P-384 and P-521, by the digests that go with them. */
const SIZES = { sha256: 32, sha384: 48, sha512: 66 } as const;

/** Can it be two numbers side by side? */
export function isPair(signature: Uint8Array): boolean {
  return signature.length > 0 && signature.length <= 132 && signature.length % 2 === 0;
}

/** Does it begin with a DER sequence of two whole integers? */
export function isSequence(signature: Uint8Array): boolean {
  const [tag, length = 0, ...rest] = signature;
  if (tag !== 0x30) return false;
  const long = length === 0x81;
  if (length > 0x81) return false;
  const size = long ? (rest[0] ?? 0) : length;
  const body = signature.subarray(long ? 3 : 2);
  if (body.length < size || size < 6) return false;
  const first = body[1] ?? 0;
  const second = body[first + 3] ?? 0;
  return body[0] === 2 && first > 0 && body[first + 2] === 2 && second > 0 && first + second + 4 <= size;
}
