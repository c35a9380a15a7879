import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createClient } from '@libsql/client/sqlite3';
import { getTableConfig } from 'drizzle-orm/sqlite-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqliteState } from '../../src/platform/state/open-sqlite.ts';
import { sqliteClient } from '../../src/platform/state/sqlite-client.ts';
import { SQLITE_AUDIT_SCHEMA, SQLITE_LEASES_SCHEMA } from '../../src/platform/state/sqlite-schema.ts';
import { auditTable, leasesTable } from '../../src/platform/state/sqlite-tables.ts';
import { readAll, verifyChain } from '../../src/state/index.ts';
import { describeState, ENTRY } from '../support/state-suite.ts';

const NOW = Date.UTC(2026, 10, 23, 12);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chartseal-state-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describeState('state in a SQLite file', async () => {
  let now = NOW;
  const path = join(folder, 'suite.db');
  const behind = createClient({ url: `file:${path}`, timeout: 1000 });
  return {
    open: () => openSqliteState({ path, clock: () => now }),
    advance: async (ms) => {
      now += ms;
    },
    tamper: async (statement) => void (await behind.execute(statement)),
    reset: () => behind.executeMultiple('DELETE FROM chartseal_audit; DELETE FROM chartseal_leases;'),
    stop: async () => behind.close(),
  };
});

describe('a SQLite file', () => {
  it('is made with its folder, for nobody else to read, whatever its name', async () => {
    const path = join(folder, 'näw %41?#&', 'log 100%.db');
    const state = await openSqliteState({ path, clock: () => NOW });
    await state.audit.append(ENTRY);
    for (const file of [path, `${path}-wal`]) expect((await stat(file)).mode & 0o077).toBe(0);
    expect((await stat(join(path, '..'))).mode & 0o077).toBe(0);
    await state.close();
    const again = await openSqliteState({ path, clock: () => NOW });
    expect((await again.audit.head())?.seq).toBe(1);
    await again.close();
  });

  it('that cannot be used is refused in words that help', async () => {
    const text = join(folder, 'text.db');
    await writeFile(text, 'this is not a database, and long enough to tell '.repeat(100));
    const open = (path: string) => openSqliteState({ path, clock: () => NOW });
    await expect(open(text)).rejects.toMatchObject({
      code: 'audit.unavailable',
      message: expect.stringContaining('not a database'),
      help: expect.stringContaining('state.sqlite'),
    });
    await expect(open(join(text, 'below.db'))).rejects.toMatchObject({ code: 'audit.unavailable' });
    await expect(open(folder)).rejects.toMatchObject({ code: 'audit.unavailable' });
  });

  it('that goes away fails closed: no record, no lease', async () => {
    const state = await openSqliteState({ path: join(folder, 'closed.db'), clock: () => NOW });
    await state.close();
    await expect(state.audit.append(ENTRY)).rejects.toMatchObject({ code: 'audit.unavailable' });
    await expect(state.audit.read({ limit: 1 })).rejects.toMatchObject({ code: 'audit.unavailable' });
    await expect(state.leases.acquire('tag', 'a', 1000)).rejects.toMatchObject({ code: 'lock.unavailable' });
  });

  it("counts another's lease as ended only after the margin for clocks that differ", async () => {
    let now = NOW;
    const options = { path: join(folder, 'skew.db'), clock: () => now, skewMs: 500 };
    const state = await openSqliteState(options);
    await state.leases.acquire('tag', 'a', 1000);
    now += 1499;
    expect(await state.leases.acquire('tag', 'b', 1000)).toBeUndefined();
    now += 1;
    expect(await state.leases.acquire('tag', 'b', 1000)).toBeDefined();
    await state.close();
  });

  it('has tables as drizzle is told they are', async () => {
    const client = createClient({ url: `file:${join(folder, 'tables.db')}` });
    for (const schema of [SQLITE_AUDIT_SCHEMA, SQLITE_LEASES_SCHEMA]) await client.execute(schema);
    for (const table of [auditTable, leasesTable]) {
      const { name, columns } = getTableConfig(table);
      const { rows } = await client.execute(`PRAGMA table_info(${name})`);
      expect(rows.map((row) => [row.name, row.type, row.notnull === 1 || row.pk === 1])).toEqual(
        columns.map((column) => [column.name, column.getSQLType().toUpperCase(), column.notNull]),
      );
    }
    client.close();
  });

  it('has the same table as the migration for D1', async () => {
    const sql = await readFile(new URL('../../migrations/0001_audit.sql', import.meta.url), 'utf8');
    expect(sql.replace(/^--.*\n/gm, '').trim()).toBe(`${SQLITE_AUDIT_SCHEMA};`);
  });
});

describe('a connection on which a statement failed', () => {
  const count = 'SELECT count(*) AS n FROM t';

  it('is not used again: what libsql confirms on it is never committed', async () => {
    const open = (timeout: number) => createClient({ url: `file:${join(folder, 'busy.db')}`, timeout });
    const other = open(1000);
    await other.executeMultiple('PRAGMA journal_mode=WAL; CREATE TABLE t (x)');
    let opened = 0;
    const client = sqliteClient(() => {
      opened++;
      return open(0);
    });
    const writing = await other.transaction('write');
    const waiting = [1, 2, 3].map((x) =>
      client.execute({ sql: 'INSERT INTO t VALUES (?) RETURNING x', args: [x] }),
    );
    while (opened < 3) await setImmediate();
    await writing.rollback();
    await Promise.all(waiting);
    expect((await other.execute(count)).rows[0]?.n).toBe(3);
    client.close();
    expect((await other.execute(count)).rows[0]?.n).toBe(3);
    other.close();
  });

  it('still is a trap in libsql itself; if this fails, src/platform/state/sqlite-client.ts can go', async () => {
    const open = () => createClient({ url: `file:${join(folder, 'trap.db')}`, concurrency: 1 });
    const [one, other] = [open(), open()];
    await other.executeMultiple('PRAGMA journal_mode=WAL; CREATE TABLE t (x)');
    const writing = await open().transaction('write');
    await expect(one.execute('INSERT INTO t VALUES (1) RETURNING x')).rejects.toThrow('locked');
    await writing.rollback();
    expect((await one.execute('INSERT INTO t VALUES (2) RETURNING x')).rows).toHaveLength(1);
    expect((await other.execute(count)).rows[0]?.n).toBe(0);
  });
});

describe('a SQLite file and several processes', () => {
  const program = (path: string, count: number) => `
    import { openSqliteState } from ${JSON.stringify(new URL('../../src/platform/state/open-sqlite.ts', import.meta.url).href)};
    const state = await openSqliteState({ path: ${JSON.stringify(path)}, clock: Date.now });
    const entry = ${JSON.stringify(ENTRY)};
    const won = await state.leases.acquire('tag', String(process.pid), 60_000);
    await Promise.all(Array.from({ length: ${count} }, async () => {
      const { seq } = await state.audit.append(entry);
      process.stdout.write(seq + '\\n');
    }));
    process.stdout.write(won ? 'won' : 'lost');
    await state.close();`;
  const args = (code: string) => ['--input-type=module', '--no-warnings', '-e', code];

  it('lands the records of three at once, and one of them has the lease', async () => {
    const path = join(folder, 'processes.db');
    const outputs = await Promise.all(
      [1, 2, 3].map(() => promisify(execFile)(process.execPath, args(program(path, 25)))),
    );
    const state = await openSqliteState({ path, clock: () => NOW });
    expect(await verifyChain(readAll(state.audit))).toMatchObject({ intact: true, count: 75 });
    await state.close();
    expect(outputs.filter(({ stdout }) => stdout.endsWith('won'))).toHaveLength(1);
  });

  it('keeps every record it confirmed when a process is killed', async () => {
    const path = join(folder, 'killed.db');
    const child = spawn(process.execPath, args(program(path, 1000)), {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let confirmed = 0;
    for await (const chunk of child.stdout) {
      confirmed = Number(String(chunk).trim().split('\n').at(-1));
      if (confirmed >= 10) break;
    }
    child.kill('SIGKILL');
    const state = await openSqliteState({ path, clock: () => NOW });
    const result = await verifyChain(readAll(state.audit));
    expect(result.intact).toBe(true);
    expect(result.count).toBeGreaterThanOrEqual(confirmed);
    await state.audit.append(ENTRY);
    await state.close();
  });
});
