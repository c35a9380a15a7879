import { asc, desc, gt } from 'drizzle-orm';
import type { PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import type { AuditStore } from '../../state/index.ts';
import { fromRow, toRow } from './audit-row.ts';
import { guarded } from './failure.ts';
import { auditTable } from './postgres-tables.ts';

/** The log's records in PostgreSQL. */
export function postgresAuditStore(database: PostgresJsDatabase): AuditStore {
  const ask = <T>(run: () => Promise<T>) => guarded('audit.unavailable', run);
  return {
    head: () =>
      ask(async () => {
        const head = { seq: auditTable.seq, hash: auditTable.hash };
        const rows = await database.select(head).from(auditTable).orderBy(desc(auditTable.seq)).limit(1);
        return rows[0];
      }),
    insert: (record) =>
      ask(async () => {
        const stored = await database
          .insert(auditTable)
          .values(toRow(record))
          .onConflictDoNothing()
          .returning({ seq: auditTable.seq });
        return stored.length === 1;
      }),
    read: (after, limit) =>
      ask(async () => {
        const rows = await database
          .select()
          .from(auditTable)
          .where(gt(auditTable.seq, after))
          .orderBy(asc(auditTable.seq))
          .limit(limit);
        return rows.map(fromRow);
      }),
  };
}
