import { clean } from '../base/text.ts';
import type { AuditEntry } from './audit.ts';
import { redact } from './redact.ts';

// In UTF-16 units before the cut mark. A reference: a host of 253, a repository of 255 (distribution-spec), a tag of
// 128, a digest of 71.
const LONGEST = {
  requestId: 64,
  caller: 200,
  reference: 720,
  digest: 80,
  name: 100,
  // Of a keyless signer: issuer and subject, which names a workflow and a ref.
  fingerprint: 500,
  code: 64,
};
const MOST_KEYS = 20;

/**
 * The entry as it may be stored: only the known fields, texts cleaned, cut and without what looks like a secret, so
 * that a record has a bounded size and can be shown anywhere.
 */
export function boundEntry(entry: AuditEntry): AuditEntry {
  const bounded: AuditEntry = {
    kind: entry.kind,
    requestId: text(entry.requestId, LONGEST.requestId),
    caller: text(entry.caller, LONGEST.caller),
    reference: text(entry.reference, LONGEST.reference),
    keys: entry.keys.slice(0, MOST_KEYS).map(({ name, fingerprint }) => ({
      name: text(name, LONGEST.name),
      fingerprint: text(fingerprint, LONGEST.fingerprint),
    })),
  };
  if (entry.before !== undefined) bounded.before = text(entry.before, LONGEST.digest);
  if (entry.after !== undefined) bounded.after = text(entry.after, LONGEST.digest);
  if (entry.code !== undefined) bounded.code = text(entry.code, LONGEST.code);
  if (entry.intent !== undefined) bounded.intent = entry.intent;
  return bounded;
}

function text(value: string, max: number): string {
  return clean(redact(value), max);
}
