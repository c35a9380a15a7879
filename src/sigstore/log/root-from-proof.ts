import { createHash } from 'node:crypto';

/** Where an entry stands in a tree, and the hashes that lead from it to the tree's root. */
interface InclusionProof {
  /** From 0. */
  index: bigint;
  /** Number of entries. */
  size: bigint;
  hashes: readonly Uint8Array[];
}

/**
 * The root of the tree in which a leaf stands as the proof says (RFC 9162, section 2.1.3.2, in the form that
 * transparency-dev/merkle:proof/verify.go computes). That the root is the log's is for the caller to find out.
 * @param leafHash 32 bytes, of `hashLeaf`
 * @throws RangeError when the proof cannot be one, in the words of transparency-dev/merkle
 */
export function rootFromProof(leafHash: Uint8Array, { index, size, hashes }: InclusionProof): Uint8Array {
  if (index < 0n || index >= size) throw new RangeError(`index is beyond size: ${index} >= ${size}`);
  if (size >= 1n << 63n) throw new RangeError(`size is beyond what a log can have: ${size}`);
  // Below the point where the paths to this leaf and to the last one part, every level has a sibling; above it, only
  // those where this path goes right.
  const inner = bitLength(index ^ (size - 1n));
  const wanted = inner + onesOf(index >> BigInt(inner));
  if (hashes.length !== wanted) throw new RangeError(`wrong proof size ${hashes.length}, want ${wanted}`);
  let hash = leafHash;
  hashes.forEach((sibling, level) => {
    const isLeft = level < inner && ((index >> BigInt(level)) & 1n) === 0n;
    hash = isLeft ? hashNode(hash, sibling) : hashNode(sibling, hash);
  });
  return hash;
}

function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  return createHash('sha256').update(NODE).update(left).update(right).digest();
}

const NODE = Uint8Array.of(1);

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

function onesOf(value: bigint): number {
  return value.toString(2).replaceAll('0', '').length;
}
