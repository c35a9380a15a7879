import { drizzle } from 'drizzle-orm/d1';
import type { Clock } from '../../base/clock.ts';
import { sleep } from '../../base/sleep.ts';
import { type AuditLog, createAuditLog } from '../../state/index.ts';
import { causeOf } from '../state/failure.ts';
import { sqliteAuditStore } from '../state/sqlite-audit-store.ts';
import { SQLITE_AUDIT_SCHEMA } from '../state/sqlite-schema.ts';

/** The part of a D1 binding that is used here; drizzle uses more of it. */
export interface D1Binding {
  prepare(statement: string): { run(): Promise<unknown> };
}

/**
 * The audit log in D1. Its table is made when it is found missing, not at every start: an isolate lives shortly, and a
 * promise that several requests wait for would belong to the request that made it.
 */
export function d1AuditLog(database: D1Binding, options: { clock: Clock }): AuditLog {
  async function withTable<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      const cause = causeOf(error);
      if (!(cause instanceof Error && cause.message.includes('no such table'))) throw error;
      await database.prepare(SQLITE_AUDIT_SCHEMA).run();
      return run();
    }
  }
  // biome-ignore lint/suspicious/noExplicitAny: drizzle names the types of the Workers runtime, which are not loaded here
  const store = sqliteAuditStore(drizzle(database as any) as any, withTable);
  return createAuditLog(store, {
    clock: options.clock,
    random: Math.random,
    sleep,
  });
}
