import { getTableConfig } from 'drizzle-orm/pg-core';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgresState } from '../../src/platform/state/open-postgres.ts';
import { openState } from '../../src/platform/state/open-state.ts';
import { auditTable, leasesTable } from '../../src/platform/state/postgres-tables.ts';
import { readAll, verifyChain } from '../../src/state/index.ts';
import { hasPostgres, type Postgres, startPostgres } from '../support/postgres.ts';
import { describeState, ENTRY } from '../support/state-suite.ts';

const clock = () => Date.UTC(2026, 10, 23, 12);

if (!hasPostgres) console.info('left out: state in PostgreSQL, as PostgreSQL 15 is not installed');

describe.skipIf(!hasPostgres)('PostgreSQL 15', () => {
  let server: Postgres;
  let behind: postgres.Sql;
  beforeAll(async () => {
    server = await startPostgres();
    behind = postgres(server.url, { onnotice: () => {}, max: 1 });
  });
  afterAll(async () => {
    await behind?.end();
    await server?.stop();
  });

  it('gets its tables from however many replicas start at once', async () => {
    const states = await Promise.all(
      Array.from({ length: 6 }, () => openState({ postgres: server.url }, { clock })),
    );
    await Promise.all(states.map((state) => state.audit.append(ENTRY)));
    expect(await verifyChain(readAll(states[0]!.audit))).toMatchObject({ intact: true, count: 6 });
    await Promise.all(states.map((state) => state.close()));
  });

  describeState('state in PostgreSQL', async () => ({
    open: () => openPostgresState({ url: server.url, clock }),
    advance: async (ms) => void (await behind`update chartseal_leases set expires_at = expires_at - ${ms}`),
    tamper: async (statement) => void (await behind.unsafe(statement)),
    reset: async () => void (await behind`truncate chartseal_audit, chartseal_leases`),
    stop: async () => {},
  }));

  it('has tables as drizzle is told they are', async () => {
    for (const table of [auditTable, leasesTable]) {
      const { name, columns } = getTableConfig(table);
      const found = await behind`select column_name, data_type, is_nullable from information_schema.columns
        where table_name = ${name} order by ordinal_position`;
      expect(
        found.map((column) => [column.column_name, column.data_type, column.is_nullable === 'NO']),
      ).toEqual(columns.map((column) => [column.name, column.getSQLType(), column.notNull]));
    }
  });

  it('serves a role that may only add to the log and read it', async () => {
    await behind.unsafe(`CREATE ROLE signer LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC;
      GRANT SELECT, INSERT ON chartseal_audit TO signer;
      GRANT SELECT, INSERT, UPDATE, DELETE ON chartseal_leases TO signer`);
    const url = server.url.replace('chartseal:hunter2', 'signer');
    const state = await openPostgresState({ url, clock });
    await state.audit.append(ENTRY);
    const lease = await state.leases.acquire('tag', 'a', 60_000);
    expect(await lease!.renew()).toBe(true);
    await lease!.release();
    await state.close();
    const signer = postgres(url);
    await expect(signer`update chartseal_audit set caller = 'x'`).rejects.toThrow('permission denied');
    await signer.end();
  });

  it('judges leases by its own clock, whatever that of a replica says', async () => {
    const state = await openPostgresState({ url: server.url, clock: () => 0 });
    const other = await openPostgresState({ url: server.url, clock: () => Date.UTC(2100, 0, 1) });
    const lease = await state.leases.acquire('clock', 'a', 60_000);
    expect(await other.leases.acquire('clock', 'b', 60_000)).toBeUndefined();
    expect(await lease!.renew()).toBe(true);
    await Promise.all([state.close(), other.close()]);
  });

  it('that cannot be used fails closed, without a word of its address', async () => {
    const refusal = async (url: string) => {
      const error = await openPostgresState({ url, clock }).then(
        () => undefined,
        (thrown) => thrown,
      );
      expect(error).toMatchObject({ code: 'audit.unavailable' });
      expect(error.cause).toBeUndefined();
      expect(`${error.message} ${error.help} ${error.stack} ${JSON.stringify(error)}`).not.toContain(
        'hunter2',
      );
      return error.message as string;
    };
    expect(await refusal('postgres://chartseal:hunter2@127.0.0.1:1/postgres')).toContain('ECONNREFUSED');
    expect(await refusal('postgres://u:hunter2@[bad/postgres')).toContain('cannot be read');
    expect(await refusal('hunter2')).toContain('cannot be read');
    expect(await refusal(server.url.replace(/postgres$/, 'nowhere'))).toContain('does not exist');
  });

  it('that goes away fails closed: no record, no lease, and neither names what was to be stored', async () => {
    const state = await openPostgresState({ url: server.url, clock });
    const lease = await state.leases.acquire('gone', 'a', 60_000);
    await state.close();
    const secret = { ...ENTRY, caller: 'caller-of-this-test' };
    for (const call of [state.audit.append(secret), state.leases.acquire('x', 'a', 1), lease!.renew()]) {
      const error = await call.then(
        () => undefined,
        (thrown) => thrown,
      );
      expect(error.code).toMatch(/^(audit|lock)\.unavailable$/);
      expect(error.message).not.toContain('caller-of-this-test');
    }
  });
});
