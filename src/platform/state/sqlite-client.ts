import { setTimeout as wait } from 'node:timers/promises';
import type { Client, InStatement, ResultSet } from '@libsql/client/sqlite3';
import { hasCode } from './failure.ts';

/** The part of libsql's client that drizzle uses, and an end. */
interface SqliteClient {
  execute(statement: InStatement): Promise<ResultSet>;
  close(): void;
}

const ATTEMPTS = 40;
const LONGEST_WAIT_MS = 100;

/**
 * One statement at a time on one connection, which is thrown away when a statement fails.
 *
 * Why: libsql 0.5.29 does not reset a statement that ended with SQLITE_BUSY. To SQLite it is a write that still runs,
 * and while one runs no later statement is committed, though each reports success and reads back what it wrote: all of
 * it is gone when the process ends. So nothing may run on that connection again, and no other statement may be waiting
 * for it when it fails. (sqlite.org/lang_transaction.html, "implicit transactions"; seen in
 * test/platform/state-sqlite.test.ts, whose three processes lose records without this)
 * @param open makes a connection; called again after each failure
 */
export function sqliteClient(open: () => Client): SqliteClient {
  let client: Client | undefined;
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();

  async function executeOnce(statement: InStatement): Promise<ResultSet> {
    if (closed) throw new Error('the database is closed');
    client ??= open();
    try {
      return await client.execute(statement);
    } catch (error) {
      client.close();
      client = undefined;
      throw error;
    }
  }

  // SQLITE_BUSY: another process is writing, and nothing of the statement was done.
  async function executePatiently(statement: InStatement): Promise<ResultSet> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await executeOnce(statement);
      } catch (error) {
        if (attempt >= ATTEMPTS || !hasCode(error, ['SQLITE_BUSY', 'SQLITE_LOCKED'])) throw error;
        await wait(Math.ceil(Math.random() * LONGEST_WAIT_MS));
      }
    }
  }

  return {
    execute(statement) {
      const turn = last.then(() => executePatiently(statement));
      last = turn.catch(() => undefined);
      return turn;
    },
    close() {
      closed = true;
      client?.close();
      client = undefined;
    },
  };
}
