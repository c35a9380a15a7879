import { mkdir, open } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../base/clock.ts';
import { ChartsealError } from '../../base/error.ts';
import { clean } from '../../base/text.ts';
import { createAuditLog, type State } from '../../state/index.ts';
import { describeFailure } from './failure.ts';
import { sqliteClient } from './sqlite-client.ts';
import { SQLITE_AUDIT_SCHEMA, SQLITE_LEASES_SCHEMA } from './sqlite-schema.ts';

interface OpenSqliteOptions {
  /** The file; relative to the working directory. It and its folder are made if they are not there. */
  path: string;
  clock: Clock;
  /**
   * How far the clocks of two processes that use the file may differ, milliseconds. Default 2000: they are on one
   * machine, so this covers a clock that is set while they run.
   */
  skewMs?: number;
}

// How long SQLite waits for another process inside a call, and with it all of this process.
const BUSY_TIMEOUT_MS = 100;

/**
 * Opens the state in a SQLite file, for one process or several on one machine (the log of writes that SQLite keeps
 * beside the file needs shared memory: no network file system). Drivers are loaded here and not before.
 * @throws ChartsealError audit.unavailable when the file cannot be opened, is no database or not writable
 */
export async function openSqliteState({ path, clock, skewMs = 2000 }: OpenSqliteOptions): Promise<State> {
  const file = resolve(path);
  const [{ createClient }, { drizzle }, { sqliteAuditStore }, { sqliteLeases }] = await Promise.all([
    import('@libsql/client/sqlite3'),
    import('drizzle-orm/libsql/sqlite3'),
    import('./sqlite-audit-store.ts'),
    import('./sqlite-leases.ts'),
  ]);
  const client = sqliteClient(() =>
    createClient({ url: fileUrl(file), concurrency: 1, timeout: BUSY_TIMEOUT_MS }),
  );
  try {
    await makeFile(file);
    // Stays with the file: readers do not stop the writer. SQLite's default of synchronous=FULL is left: a record is on
    // the disk when append returns.
    await client.execute('PRAGMA journal_mode=WAL');
    await client.execute(SQLITE_AUDIT_SCHEMA);
    await client.execute(SQLITE_LEASES_SCHEMA);
  } catch (error) {
    client.close();
    throw new ChartsealError(
      'audit.unavailable',
      `${clean(file)} cannot be opened: ${describeFailure(error)}`,
      {
        help: 'Name a file in a folder that this process may write to, under state.sqlite.',
      },
    );
  }
  // Of the client drizzle calls only `execute`, as long as no batch and no transaction is asked for.
  const database = drizzle(client as unknown as ReturnType<typeof createClient>);
  return {
    audit: createAuditLog(sqliteAuditStore(database), {
      clock,
      random: Math.random,
      sleep: (ms) => wait(ms),
      oneAtATime: true,
    }),
    leases: sqliteLeases(database, { clock, skewMs }),
    close: async () => client.close(),
  };
}

// The log names callers and charts: it is not for every user of the machine. SQLite gives the files beside it the same
// permissions. (sqlite.org: src/os_unix.c, findCreateFileMode)
async function makeFile(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await (await open(file, 'a', 0o600)).close();
}

// libsql's own reading of a URL: what follows `file:` is a path, decoded part by part.
function fileUrl(file: string): string {
  return `file:${file.split(sep).map(encodeURIComponent).join('/')}`;
}
