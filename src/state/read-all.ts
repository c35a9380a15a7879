import type { AuditLog, AuditRecord } from './audit.ts';

/**
 * Every record in order, read page by page, so that a log of any length can be checked in little memory.
 * @param options.after only records behind this `seq`
 * @param options.page records read at once; default 500
 * @throws ChartsealError audit.unavailable
 */
export async function* readAll(
  log: Pick<AuditLog, 'read'>,
  options: { after?: number; page?: number } = {},
): AsyncGenerator<AuditRecord, void, undefined> {
  const limit = options.page ?? 500;
  let after = options.after ?? 0;
  for (;;) {
    const records = await log.read({ after, limit });
    yield* records;
    const last = records.at(-1);
    // A store that was tampered with may answer anything; what does not go forward would never end.
    if (last === undefined || !(last.seq > after)) return;
    after = last.seq;
  }
}
