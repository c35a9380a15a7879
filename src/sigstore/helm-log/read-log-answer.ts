import { Buffer } from 'node:buffer';
import { isBase64 } from '../../base/is-base64.ts';
import { isObject } from '../../base/is-object.ts';
import type { HelmLogEntry, HelmLogProof } from './log-entry.ts';

const MAX_HASHES = 63;
const MAX_CHECKPOINT = 16 * 1024;
const HASH = /^[0-9a-f]{64}$/i;

/**
 * Reads what a Rekor v1 log answers for one entry: a map with the one entry under its id (rekor:openapi.yaml, LogEntry;
 * ids: pkg/sharding/sharding.go, the hash of the entry, perhaps behind the number of its tree).
 * @param asked the id that was asked for
 * @returns undefined when it is something else, or another entry
 */
export function readLogAnswer(text: string, asked: string): HelmLogEntry | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined;
  }
  const entries = Object.entries(objectOf(answer) ?? {});
  const [id, value] = entries[0] ?? ['', undefined];
  const uuid = id.slice(-64).toLowerCase();
  if (entries.length !== 1 || uuid !== asked.slice(-64).toLowerCase()) return undefined;
  const entry = objectOf(value);
  const verification = objectOf(entry?.verification) ?? {};
  const { body, logID, integratedTime, logIndex } = entry ?? {};
  const promise = verification.signedEntryTimestamp;
  const proof = verification.inclusionProof;
  const readProof = proof === undefined || proof === null ? undefined : readInclusionProof(objectOf(proof));
  if (typeof body !== 'string' || !isBase64(body) || typeof logID !== 'string' || !HASH.test(logID)) {
    return undefined;
  }
  if (!isIndex(integratedTime) || !isIndex(logIndex) || readProof === 'unreadable') return undefined;
  if (promise !== undefined && (typeof promise !== 'string' || !isBase64(promise))) return undefined;
  return {
    uuid,
    body: Buffer.from(body, 'base64'),
    integratedTime,
    logIndex,
    logId: logID.toLowerCase(),
    promise: promise ? Buffer.from(promise, 'base64') : undefined,
    proof: readProof,
  };
}

function readInclusionProof(proof: Record<string, unknown> | undefined): HelmLogProof | 'unreadable' {
  const { logIndex, treeSize, rootHash, hashes, checkpoint } = proof ?? {};
  if (!isIndex(logIndex) || !isIndex(treeSize) || typeof rootHash !== 'string' || !HASH.test(rootHash)) {
    return 'unreadable';
  }
  if (!Array.isArray(hashes) || hashes.length > MAX_HASHES) return 'unreadable';
  if (!hashes.every((hash) => typeof hash === 'string' && HASH.test(hash))) return 'unreadable';
  if (typeof checkpoint !== 'string' || checkpoint.length > MAX_CHECKPOINT) return 'unreadable';
  return {
    logIndex,
    treeSize,
    rootHash: Buffer.from(rootHash, 'hex'),
    hashes: hashes.map((hash) => Buffer.from(hash, 'hex')),
    checkpoint,
  };
}

function isIndex(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  return isObject(value) ? value : undefined;
}
