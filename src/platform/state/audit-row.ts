import type { AuditKey, AuditRecord } from '../../state/index.ts';

/** A record as a row: what is absent is null, the keys are JSON. The same in every database. */
interface AuditRow {
  seq: number;
  prev: string;
  hash: string;
  time: string;
  kind: string;
  requestId: string;
  caller: string;
  reference: string;
  before: string | null;
  after: string | null;
  keys: string;
  code: string | null;
  intent: number | null;
}

export function toRow(record: AuditRecord): AuditRow {
  const { before, after, keys, code, intent, ...rest } = record;
  return {
    ...rest,
    before: before ?? null,
    after: after ?? null,
    keys: JSON.stringify(keys),
    code: code ?? null,
    intent: intent ?? null,
  };
}

/**
 * The record of a row. Never throws, whatever somebody wrote into the table: such a record no longer has its hash, and
 * that is what checking the chain tells.
 */
export function fromRow(row: AuditRow): AuditRecord {
  const { before, after, keys, code, intent, ...rest } = row;
  const record: AuditRecord = { ...rest, kind: rest.kind as AuditRecord['kind'], keys: readKeys(keys) };
  if (before !== null) record.before = before;
  if (after !== null) record.after = after;
  if (code !== null) record.code = code;
  if (intent !== null) record.intent = intent;
  return record;
}

function readKeys(text: string): AuditKey[] {
  try {
    const keys: AuditKey[] = JSON.parse(text);
    return keys.map(({ name, fingerprint }) => ({ name: String(name), fingerprint: String(fingerprint) }));
  } catch {
    return [{ name: text, fingerprint: 'unreadable' }];
  }
}
