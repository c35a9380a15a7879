import { and, eq, gt, sql } from 'drizzle-orm';
import type { BaseSQLiteDatabase } from 'drizzle-orm/sqlite-core';
import type { Clock } from '../../base/clock.ts';
import type { LeaseStore } from '../../state/index.ts';
import { guarded } from './failure.ts';
import { leasesTable } from './sqlite-tables.ts';

interface SqliteLeasesOptions {
  clock: Clock;
  /** How far the clocks of two processes may differ: another's lease counts as ended only so much later. */
  skewMs: number;
}

/** Leases as rows of SQLite: each step is one statement, so no two processes can both have done it. */
export function sqliteLeases(
  database: BaseSQLiteDatabase<'async', unknown>,
  { clock, skewMs }: SqliteLeasesOptions,
): LeaseStore {
  const ask = <T>(run: () => Promise<T>) => guarded('lock.unavailable', run);
  return {
    acquire: async (key, owner, ttlMs) => {
      const token = crypto.randomUUID();
      const mine = and(eq(leasesTable.key, key), eq(leasesTable.token, token));
      const taken = await ask(async () => {
        const row = { owner, token, expiresAt: clock() + ttlMs };
        return database
          .insert(leasesTable)
          .values({ key, ...row })
          .onConflictDoUpdate({
            target: leasesTable.key,
            set: row,
            setWhere: sql`${leasesTable.owner} = ${owner} or ${leasesTable.expiresAt} <= ${clock() - skewMs}`,
          })
          .returning({ key: leasesTable.key });
      });
      if (taken.length === 0) return undefined;
      return {
        release: () => ask(async () => void (await database.delete(leasesTable).where(mine))),
        renew: () =>
          ask(async () => {
            const now = clock();
            const renewed = await database
              .update(leasesTable)
              .set({ expiresAt: now + ttlMs })
              .where(and(mine, gt(leasesTable.expiresAt, now)))
              .returning({ key: leasesTable.key });
            return renewed.length === 1;
          }),
      };
    },
  };
}
