import { canonicalJson, type Json } from '../base/canonical-json.ts';
import { toHex } from '../base/hex.ts';
import type { AuditRecord } from './audit.ts';

// Nothing else that chartseal hashes or signs begins like this, so no other text can be passed off as a record.
const DOMAIN = 'chartseal audit record v1\n';

/**
 * The hash of a record: SHA-256 of a domain prefix and the record's canonical JSON (keys in order, no spaces; for
 * these types the same as RFC 8785), in which `prev` is the one given and `hash` is left out.
 * @param prev hash of the record before
 * @returns `sha256:` and 64 lower-case hex digits
 */
export async function chainHash(prev: string, record: Omit<AuditRecord, 'hash' | 'prev'>): Promise<string> {
  const { seq, time, kind, requestId, caller, reference, before, after, keys, code, intent } = record;
  const fields: { [key: string]: Json } = {
    seq,
    prev,
    time,
    kind,
    requestId,
    caller,
    reference,
    keys: keys.map(({ name, fingerprint }) => ({ name, fingerprint })),
  };
  if (before !== undefined) fields.before = before;
  if (after !== undefined) fields.after = after;
  if (code !== undefined) fields.code = code;
  if (intent !== undefined) fields.intent = intent;
  const bytes = new TextEncoder().encode(DOMAIN + canonicalJson(fields));
  return `sha256:${toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))}`;
}
