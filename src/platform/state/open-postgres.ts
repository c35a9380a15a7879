import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../base/clock.ts';
import { ChartsealError } from '../../base/error.ts';
import { createAuditLog, type State } from '../../state/index.ts';
import { describeFailure } from './failure.ts';
import { POSTGRES_SCHEMA } from './postgres-schema.ts';

interface OpenPostgresOptions {
  /**
   * `postgres://user:password@host:port/database?sslmode=verify-full`. A secret. Of `sslmode` only `verify-full` looks
   * at the certificate of the server.
   */
  url: string;
  /** For the time in records; leases are judged by the clock of the database. */
  clock: Clock;
  /** Most connections of this process. Default 5. */
  connections?: number;
}

const CONNECT_TIMEOUT_S = 10;
const IDLE_TIMEOUT_S = 60;
// Any number; it keeps replicas that start at once from making the same table, which IF NOT EXISTS alone does not.
// (postgresql.org: a unique violation of pg_type is what the slower one gets)
const SCHEMA_LOCK = 7_235_419_021;

/**
 * Opens the state in PostgreSQL, for several replicas. Drivers are loaded here and not before. Works behind a pooler in
 * transaction mode: no statement is prepared and none needs the one before.
 * @throws ChartsealError audit.unavailable when the database cannot be reached or its tables cannot be made; the message
 *   never holds the URL
 */
export async function openPostgresState({
  url,
  clock,
  connections = 5,
}: OpenPostgresOptions): Promise<State> {
  const [{ default: postgres }, { drizzle }, { postgresAuditStore }, { postgresLeases }] = await Promise.all([
    import('postgres'),
    import('drizzle-orm/postgres-js'),
    import('./postgres-audit-store.ts'),
    import('./postgres-leases.ts'),
  ]);
  if (!/^postgres(?:ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw new ChartsealError('audit.unavailable', 'the address of the PostgreSQL database cannot be read', {
      help: 'Write postgres://user:password@host:port/database into the secret; escape special characters as %XX.',
    });
  }
  const client = postgres(url, {
    max: connections,
    prepare: false,
    connect_timeout: CONNECT_TIMEOUT_S,
    idle_timeout: IDLE_TIMEOUT_S,
    // The default writes notices to the console.
    onnotice: () => {},
    connection: { application_name: 'chartseal' },
  });
  try {
    for (const [table, statement] of Object.entries(POSTGRES_SCHEMA)) {
      const [found] = await client`select to_regclass(${table}) is not null as there`;
      if (found?.there === true) continue;
      await client.begin(async (transaction) => {
        await transaction`select pg_advisory_xact_lock(${SCHEMA_LOCK})`;
        await transaction.unsafe(statement);
      });
    }
  } catch (error) {
    await client.end({ timeout: 0 });
    throw new ChartsealError('audit.unavailable', `PostgreSQL cannot be used: ${describeFailure(error)}`, {
      retryable: true,
    });
  }
  const database = drizzle(client);
  return {
    audit: createAuditLog(postgresAuditStore(database), {
      clock,
      random: Math.random,
      sleep: (ms) => wait(ms),
      oneAtATime: true,
    }),
    leases: postgresLeases(database),
    close: () => client.end({ timeout: 5 }),
  };
}
