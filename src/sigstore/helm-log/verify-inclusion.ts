import { Buffer } from 'node:buffer';
import { toHex } from '../../base/hex.ts';
import { hashLeaf } from '../log/hash-leaf.ts';
import { keyHash } from '../log/key-hash.ts';
import { readCheckpoint } from '../log/read-checkpoint.ts';
import { readNote } from '../log/read-note.ts';
import { rootFromProof } from '../log/root-from-proof.ts';
import { verifyBytes } from '../log/verify-bytes.ts';
import { verifySet } from '../log/verify-set.ts';
import type { TrustedRoot } from '../trusted-root.ts';
import type { HelmLogEntry, HelmLogProof } from './log-entry.ts';

type Log = TrustedRoot['material']['tlogs'][number];

/** That a trusted log holds an entry, or in words why that is not shown. */
type Inclusion =
  /** `time`: when, in milliseconds since the epoch; only a promise tells. */
  { holds: true; log: string; time: number | undefined } | { holds: false; missing: boolean; why: string };

/**
 * Does a log of the trusted root hold this entry? By its promise, or by a proof that leads to a root that it signed;
 * what there is of the two must hold. The id of an entry is its hash, so it is compared, too.
 */
export function verifyInclusion(entry: HelmLogEntry, { material }: TrustedRoot): Inclusion {
  const log = material.tlogs.find(({ logID }) => logID.toString('hex') === entry.logId);
  if (log === undefined) return refuse(`the trusted root names no log ${entry.logId}`);
  const leafHash = hashLeaf(entry.body);
  if (toHex(leafHash) !== entry.uuid) return refuse('its id is that of another entry');
  const { promise, proof } = entry;
  if (promise === undefined && proof === undefined) {
    return { holds: false, missing: true, why: 'the log gave neither a promise nor a proof with it' };
  }
  const why = (promise && whyNoPromise(entry, promise, log)) ?? (proof && whyNoProof(leafHash, proof, log));
  if (why !== undefined) return refuse(why);
  const time = promise === undefined ? undefined : entry.integratedTime * 1000;
  return { holds: true, log: log.baseURL, time };
}

function refuse(why: string): Inclusion {
  return { holds: false, missing: false, why };
}

function whyNoPromise(entry: HelmLogEntry, promise: Uint8Array, log: Log): string | undefined {
  const time = entry.integratedTime * 1000;
  if (time < log.validFor.start.getTime() || time > log.validFor.end.getTime()) {
    return "the log's key was not valid when it took the entry in";
  }
  const body = Buffer.from(entry.body).toString('base64');
  const { integratedTime, logIndex, logId } = entry;
  return verifySet({ body, integratedTime, logIndex, logId }, promise, log.publicKey)
    ? undefined
    : "the log's promise is not signed by it, or is that of another entry";
}

function whyNoProof(leafHash: Uint8Array, proof: HelmLogProof, log: Log): string | undefined {
  const note = readNote(proof.checkpoint);
  const checkpoint = note && readCheckpoint(note.text);
  if (note === undefined || checkpoint === undefined) return 'the checkpoint cannot be read';
  // Keys are named by the first bytes of their hash; witnesses may have signed, too (rekor:pkg/util/signed_note.go).
  const own = keyHash(log.publicKey);
  const text = new TextEncoder().encode(note.text);
  const isSigned = note.signatures.some(
    (one) => one.keyHash === own && verifyBytes(log.publicKey, 'sha256', text, one.signature),
  );
  if (!isSigned) return 'the checkpoint is not signed by the log';
  try {
    const size = BigInt(proof.treeSize);
    const root = rootFromProof(leafHash, { index: BigInt(proof.logIndex), size, hashes: proof.hashes });
    const fits = checkpoint.size === size && Buffer.from(root).equals(checkpoint.rootHash);
    return fits ? undefined : 'the proof does not lead to the root that the log signed';
  } catch {
    return 'the proof cannot be one of a tree of that size';
  }
}
