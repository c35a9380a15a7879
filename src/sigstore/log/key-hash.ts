import { createHash, type KeyObject } from 'node:crypto';

/**
 * How a log's ECDSA key, and every key of Rekor v1, is called in a signed note: the first four bytes of the SHA-256 of its
 * SubjectPublicKeyInfo, as a number (rekor:pkg/util/signed_note.go).
 */
export function keyHash(key: KeyObject): number {
  const spki = key.export({ format: 'der', type: 'spki' });
  return createHash('sha256').update(spki).digest().readUInt32BE(0);
}
