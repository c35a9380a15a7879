import type { KeyObject } from 'node:crypto';
import { canonicalJson } from '../../base/canonical-json.ts';
import { verifyBytes } from './verify-bytes.ts';

/** What the promise of a Rekor v1 log covers. */
interface PromisedEntry {
  /** The entry, base64. */
  body: string;
  /** Seconds since the epoch. */
  integratedTime: number;
  logIndex: number;
  /** Lower-case hex of the SHA-256 of the log's public key. */
  logId: string;
}

/**
 * Is this the log's promise to include this entry (Rekor's "signed entry timestamp")? It is the log's signature over the
 * entry without its proofs, as canonical JSON (RFC 8785; rekor:openapi.yaml, LogEntry).
 * @param key of the log; Rekor v1 has ECDSA P-256 keys
 */
export function verifySet(entry: PromisedEntry, set: Uint8Array, key: KeyObject): boolean {
  const { body, integratedTime, logId, logIndex } = entry;
  const payload = canonicalJson({ body, integratedTime, logID: logId, logIndex });
  return verifyBytes(key, 'sha256', new TextEncoder().encode(payload), set);
}
