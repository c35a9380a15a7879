import { and, eq, gt, sql } from 'drizzle-orm';
import type { PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import type { LeaseStore } from '../../state/index.ts';
import { guarded } from './failure.ts';
import { leasesTable } from './postgres-tables.ts';

// The database's clock, so that the clocks of replicas need not agree. Not now(): that is when the statement began, and
// it may have waited for another's.
const NOW = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`;

/** Leases as rows of PostgreSQL: each step is one statement, so no two replicas can both have done it. */
export function postgresLeases(database: PostgresJsDatabase): LeaseStore {
  const ask = <T>(run: () => Promise<T>) => guarded('lock.unavailable', run);
  return {
    acquire: async (key, owner, ttlMs) => {
      const token = crypto.randomUUID();
      const mine = and(eq(leasesTable.key, key), eq(leasesTable.token, token));
      const end = sql<number>`${NOW} + ${Math.ceil(ttlMs)}::bigint`;
      const taken = await ask(async () =>
        database
          .insert(leasesTable)
          .values({ key, owner, token, expiresAt: end })
          .onConflictDoUpdate({
            target: leasesTable.key,
            set: { owner, token, expiresAt: end },
            setWhere: sql`${leasesTable.owner} = ${owner} or ${leasesTable.expiresAt} <= ${NOW}`,
          })
          .returning({ key: leasesTable.key }),
      );
      if (taken.length === 0) return undefined;
      return {
        release: () => ask(async () => void (await database.delete(leasesTable).where(mine))),
        renew: () =>
          ask(async () => {
            const renewed = await database
              .update(leasesTable)
              .set({ expiresAt: end })
              .where(and(mine, gt(leasesTable.expiresAt, NOW)))
              .returning({ key: leasesTable.key });
            return renewed.length === 1;
          }),
      };
    },
  };
}
