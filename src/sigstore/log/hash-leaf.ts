import { createHash } from 'node:crypto';

/** The hash of an entry of a Merkle tree (RFC 6962, section 2.1): SHA-256 over a zero byte and the entry. */
export function hashLeaf(entry: Uint8Array): Uint8Array {
  return createHash('sha256').update(LEAF).update(entry).digest();
}

const LEAF = Uint8Array.of(0);
