import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashLeaf } from '../../../src/sigstore/log/hash-leaf.ts';
import { readCheckpoint } from '../../../src/sigstore/log/read-checkpoint.ts';
import { readNote } from '../../../src/sigstore/log/read-note.ts';
import { rootFromProof } from '../../../src/sigstore/log/root-from-proof.ts';

// RFC 6962, section 2.1, by its own recursive words.
const node = (left: Buffer, right: Buffer) =>
  createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest();
const half = (size: number) => 2 ** (Math.ceil(Math.log2(size)) - 1);
function treeOf(leaves: Buffer[]): Buffer {
  if (leaves.length === 1) return leaves[0]!;
  const k = half(leaves.length);
  return node(treeOf(leaves.slice(0, k)), treeOf(leaves.slice(k)));
}
function pathTo(index: number, leaves: Buffer[]): Buffer[] {
  if (leaves.length === 1) return [];
  const k = half(leaves.length);
  return index < k
    ? [...pathTo(index, leaves.slice(0, k)), treeOf(leaves.slice(k))]
    : [...pathTo(index - k, leaves.slice(k)), treeOf(leaves.slice(0, k))];
}
const leavesOf = (size: number) =>
  Array.from({ length: size }, (_, i) => Buffer.from(hashLeaf(Buffer.from(`entry ${i}`))));

describe('the root of a tree from a proof', () => {
  it('is that of the tree, for every place in every tree up to 33 entries', () => {
    for (let size = 1; size <= 33; size++) {
      const leaves = leavesOf(size);
      const root = treeOf(leaves);
      for (let index = 0; index < size; index++) {
        const proof = { index: BigInt(index), size: BigInt(size), hashes: pathTo(index, leaves) };
        expect(Buffer.from(rootFromProof(leaves[index]!, proof)).equals(root), `${index} of ${size}`).toBe(
          true,
        );
      }
    }
  });

  it('is another for another leaf, place, size or sibling', () => {
    const leaves = leavesOf(11);
    const root = treeOf(leaves);
    const hashes = pathTo(4, leaves);
    const from = (leaf: Buffer, index: bigint, size: bigint, path: Buffer[]) => {
      try {
        return Buffer.from(rootFromProof(leaf, { index, size, hashes: path })).equals(root);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        return false;
      }
    };
    expect(from(leaves[4]!, 4n, 11n, hashes)).toBe(true);
    expect(from(leaves[5]!, 4n, 11n, hashes)).toBe(false);
    for (const index of [-1n, 0n, 3n, 5n, 10n, 11n, 1n << 62n]) {
      expect(from(leaves[4]!, index, 11n, hashes), `place ${index}`).toBe(false);
    }
    for (const size of [0n, 4n, 17n, 1n << 63n]) {
      expect(from(leaves[4]!, 4n, size, hashes), `size ${size}`).toBe(false);
    }
    expect(from(leaves[4]!, 4n, 11n, hashes.slice(1))).toBe(false);
    expect(from(leaves[4]!, 4n, 11n, [...hashes, hashes[0]!])).toBe(false);
    expect(from(leaves[4]!, 4n, 11n, hashes.toReversed())).toBe(false);
  });

  it('takes no node for a leaf', () => {
    const leaves = leavesOf(4);
    const inner = Buffer.concat([leaves[0]!, leaves[1]!]);
    const proof = { index: 0n, size: 2n, hashes: [node(leaves[2]!, leaves[3]!)] };
    expect(Buffer.from(rootFromProof(hashLeaf(inner), proof)).equals(treeOf(leaves))).toBe(false);
  });
});

describe('a signed note', () => {
  const text = 'rekor.example - 42\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n';
  const line = '\u2014 rekor.example AAAAAQI=\n';

  it('is text, an empty line and signatures', () => {
    const note = readNote(`${text}\n${line}\u2014 witness AAAAAgM=\n`);
    expect(note?.text).toBe(text);
    expect(note?.signatures.map(({ name, keyHash }) => [name, keyHash])).toEqual([
      ['rekor.example', 1],
      ['witness', 2],
    ]);
    expect(readCheckpoint(text)).toEqual({
      origin: 'rekor.example - 42',
      size: 7n,
      rootHash: Buffer.alloc(32),
    });
    expect(readCheckpoint(`${text}an extension\n`)?.size).toBe(7n);
  });

  it.each([
    ['nothing', ''],
    ['no signatures', text],
    ['no empty line', `${text}${line}`],
    ['no end of the last line', `${text}\n${line.trimEnd()}`],
    ['a short signature', `${text}\n\u2014 rekor.example AAAAAQ==\n`],
    ['no name', `${text}\n\u2014  AAAAAQI=\n`],
    ['a hyphen in place of the dash', `${text}\n- rekor.example AAAAAQI=\n`],
    ['a control character', `${text}\r\n\n${line}`],
    ['a hundred and one signatures', `${text}\n${line.repeat(101)}`],
  ])('is none with %s', (_, note) => {
    expect(readNote(note)).toBeUndefined();
  });

  it.each([
    ['no origin', '\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n'],
    ['a negative size', 'a\n-7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n'],
    ['a short hash', 'a\n7\nAAAA\n'],
    ['no hash', 'a\n7\n'],
  ])('is no checkpoint with %s', (_, checkpoint) => {
    expect(readCheckpoint(checkpoint)).toBeUndefined();
  });
});
