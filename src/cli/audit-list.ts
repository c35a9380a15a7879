import { clean } from '../base/text.ts';
import type { Io } from '../platform/node/io.ts';
import { toSafeJson } from '../report/index.ts';
import { type AuditRecord, MAX_AUDIT_PAGE } from '../state/index.ts';
import { EXIT } from './exit-status.ts';
import { openAudit } from './open-audit.ts';
import { usageError } from './usage-error.ts';

/** The options of `chartseal audit list` as commander gives them. */
interface AuditListOptions {
  config?: string;
  after: string;
  limit: string;
  format: string;
}

/** `chartseal audit list`: records of the log, oldest first; as JSON one a line. */
export async function auditListCommand(options: AuditListOptions, io: Io): Promise<number> {
  const after = numberOf('--after', options.after, 0, Number.MAX_SAFE_INTEGER);
  const limit = numberOf('--limit', options.limit, 1, MAX_AUDIT_PAGE);
  const state = await openAudit(options.config, io);
  try {
    const records = await state.audit.read({ after, limit });
    for (const record of records)
      io.stdout.write(`${options.format === 'json' ? toSafeJson(record, 0) : lineOf(record)}\n`);
    const last = records.at(-1)?.seq;
    const head = await state.audit.head();
    if (last !== undefined && head !== undefined && head.seq > last)
      io.stderr.write(`more: chartseal audit list --after ${last} (the log has ${head.seq} records)\n`);
    return EXIT.allow;
  } finally {
    await state.close();
  }
}

function lineOf({ seq, time, kind, caller, reference, before, after, keys, code }: AuditRecord): string {
  const signers = keys.map(({ name, fingerprint }) => `${name} ${fingerprint}`).join(', ');
  const facts = [
    before === undefined ? undefined : `before ${before}`,
    after === undefined ? undefined : `after ${after}`,
    signers === '' ? undefined : `key ${signers}`,
    code,
  ];
  const detail = facts.filter((fact) => fact !== undefined).join(', ');
  return clean(`${seq} ${time} ${kind} ${caller} ${reference}${detail === '' ? '' : `: ${detail}`}`, 1000);
}

function numberOf(flag: string, text: string, least: number, most: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw usageError(`${flag} is "${clean(text)}"; allowed is a whole number from ${least} to ${most}`);
}
