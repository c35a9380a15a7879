import { Buffer } from 'node:buffer';

/** What a log states of its tree: the text of a checkpoint (C2SP tlog-checkpoint). */
interface Checkpoint {
  /** Which log it is. */
  origin: string;
  size: bigint;
  rootHash: Uint8Array;
}

/**
 * Reads the text of a checkpoint: origin, size and root hash on a line each; lines that follow are extensions.
 * @returns undefined when it is none
 */
export function readCheckpoint(text: string): Checkpoint | undefined {
  const [origin, size, hash, ...rest] = text.split('\n');
  if (!origin || size === undefined || hash === undefined || rest.length === 0) return undefined;
  if (!/^\d{1,19}$/.test(size) || !/^[A-Za-z0-9+/]+={0,2}$/.test(hash)) return undefined;
  const rootHash = Buffer.from(hash, 'base64');
  if (rootHash.length !== 32) return undefined;
  return { origin, size: BigInt(size), rootHash };
}
