import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditEntry, chainHash, readAll, type State, verifyChain } from '../../src/state/index.ts';

/** A store to hold against the contract of state. Records and leases of one test are not seen by the next. */
export interface StateHarness {
  /** Another connection to the same store, as another replica has it. */
  open(): Promise<State>;
  /** Lets time pass for leases. */
  advance(ms: number): Promise<void>;
  /** Runs a statement behind the back of the log. */
  tamper?(statement: string): Promise<void>;
  /** Empties the store. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

export const ENTRY: AuditEntry = {
  kind: 'signed',
  requestId: '01KAR5',
  caller: 'release-pipeline',
  reference: 'oci://registry.test/prod/app:1.2.3',
  keys: [{ name: 'release', fingerprint: 'AB'.repeat(20) }],
};

/** What every implementation of state must do, whatever it is made of. */
export function describeState(name: string, start: () => Promise<StateHarness>): void {
  describe(name, () => {
    let harness: StateHarness;
    let one: State;
    let two: State;
    beforeAll(async () => {
      harness = await start();
      one = await harness.open();
      two = await harness.open();
    });
    afterAll(async () => {
      await one?.close();
      await two?.close();
      await harness?.stop();
    });

    describe('audit log', () => {
      it('is empty at first', async () => {
        await harness.reset();
        expect(await one.audit.head()).toBeUndefined();
        expect(await one.audit.read({ limit: 10 })).toEqual([]);
      });

      it('gives back what was appended, field by field', async () => {
        await harness.reset();
        const full: AuditEntry = {
          ...ENTRY,
          kind: 'failed',
          caller: 'größe "quoted" \'; DROP TABLE chartseal_audit; -- 𝄞 {"a":1}',
          before: `sha256:${'a'.repeat(64)}`,
          after: '',
          keys: [...ENTRY.keys, { name: 'ключ', fingerprint: 'https://issuer.example subject' }],
          code: 'sign.tag_moved',
          intent: 1,
        };
        const first = await one.audit.append(ENTRY);
        const second = await two.audit.append(full);
        const records = await one.audit.read({ limit: 10 });
        expect(records).toEqual([
          { ...ENTRY, seq: 1, prev: `sha256:${'0'.repeat(64)}`, hash: first.hash, time: records[0]!.time },
          { ...full, seq: 2, prev: first.hash, hash: second.hash, time: records[1]!.time },
        ]);
        expect(second).toEqual({ seq: 2, hash: await chainHash(first.hash, records[1]!) });
        expect(await one.audit.head()).toEqual(second);
        expect(new Date(records[0]!.time).toISOString()).toBe(records[0]!.time);
      });

      it('is read in pages', async () => {
        await harness.reset();
        for (let n = 0; n < 7; n++) await one.audit.append(ENTRY);
        const seqs = async (after: number, limit: number) =>
          (await two.audit.read({ after, limit })).map(({ seq }) => seq);
        expect(await seqs(0, 3)).toEqual([1, 2, 3]);
        expect(await seqs(3, 3)).toEqual([4, 5, 6]);
        expect(await seqs(6, 3)).toEqual([7]);
        expect(await seqs(7, 3)).toEqual([]);
        expect(await verifyChain(readAll(two.audit, { page: 2 }))).toMatchObject({ intact: true, count: 7 });
      });

      it('takes 20 appends at once through two connections: all land, the chain is intact', async () => {
        await harness.reset();
        const heads = await Promise.all(
          Array.from({ length: 20 }, (_, n) =>
            (n % 2 === 0 ? one : two).audit.append({ ...ENTRY, requestId: `request-${n}` }),
          ),
        );
        const records = await one.audit.read({ limit: 100 });
        expect(await verifyChain(records, { head: (await two.audit.head())!.hash })).toMatchObject({
          intact: true,
          count: 20,
        });
        expect(new Set(records.map(({ requestId }) => requestId)).size).toBe(20);
        for (const { seq, hash } of heads) expect(records[seq - 1]!.hash).toBe(hash);
      });

      it('shows what was done to the table behind its back', async ({ skip }) => {
        const tamper = harness.tamper;
        if (tamper === undefined) return skip('there is no table');
        const outcome = async (statement: string) => {
          await harness.reset();
          for (let n = 0; n < 4; n++) await one.audit.append({ ...ENTRY, requestId: `request-${n}` });
          const head = (await one.audit.head())!.hash;
          await tamper(statement);
          const result = await verifyChain(readAll(two.audit), { head });
          return result.intact ? 'intact' : `${result.problem} ${result.seq}`;
        };
        const table = 'chartseal_audit';
        expect(await outcome(`UPDATE ${table} SET caller = 'somebody-else' WHERE seq = 2`)).toBe('hash 2');
        expect(await outcome(`UPDATE ${table} SET keys = 'no JSON' WHERE seq = 3`)).toBe('hash 3');
        expect(await outcome(`UPDATE ${table} SET keys = '5' WHERE seq = 3`)).toBe('hash 3');
        expect(await outcome(`UPDATE ${table} SET code = '' WHERE seq = 1`)).toBe('hash 1');
        expect(await outcome(`UPDATE ${table} SET kind = 'anything' WHERE seq = 1`)).toBe('hash 1');
        expect(await outcome(`DELETE FROM ${table} WHERE seq = 1`)).toBe('gap 1');
        expect(await outcome(`DELETE FROM ${table} WHERE seq = 2`)).toBe('gap 2');
        expect(await outcome(`DELETE FROM ${table} WHERE seq = 4`)).toBe('head 3');
        expect(await outcome(`DELETE FROM ${table}`)).toBe('head 0');
        expect(await outcome(`UPDATE ${table} SET seq = 10 WHERE seq = 4`)).toBe('gap 4');
        expect(await outcome(`SELECT 1`)).toBe('intact');
      });
    });

    describe('leases', () => {
      it('have one owner, until it gives them back', async () => {
        await harness.reset();
        const first = await one.leases.acquire('tag', 'a', 60_000);
        expect(first).toBeDefined();
        expect(await two.leases.acquire('tag', 'b', 60_000)).toBeUndefined();
        expect(await one.leases.acquire('tag', 'b', 60_000)).toBeUndefined();
        expect(await two.leases.acquire('another tag', 'b', 60_000)).toBeDefined();
        await first!.release();
        expect(await two.leases.acquire('tag', 'b', 60_000)).toBeDefined();
      });

      it('end by themselves, and whoever had them notices', async () => {
        await harness.reset();
        const first = await one.leases.acquire('tag', 'a', 60_000);
        await harness.advance(59_000);
        expect(await two.leases.acquire('tag', 'b', 60_000)).toBeUndefined();
        // More than any margin for clocks that differ.
        await harness.advance(11_000);
        expect(await first!.renew()).toBe(false);
        const second = await two.leases.acquire('tag', 'b', 60_000);
        expect(second).toBeDefined();
        expect(await first!.renew()).toBe(false);
        await first!.release();
        expect(await one.leases.acquire('tag', 'a', 60_000)).toBeUndefined();
        expect(await second!.renew()).toBe(true);
      });

      it('are held for as long again when renewed', async () => {
        await harness.reset();
        const lease = await one.leases.acquire('tag', 'a', 60_000);
        for (let n = 0; n < 4; n++) {
          await harness.advance(50_000);
          expect(await lease!.renew()).toBe(true);
        }
        expect(await two.leases.acquire('tag', 'b', 60_000)).toBeUndefined();
        await lease!.release();
        expect(await lease!.renew()).toBe(false);
        await lease!.release();
      });

      it('go on with an owner that asks again, and its older lease ends', async () => {
        await harness.reset();
        const older = await one.leases.acquire('tag', 'a', 60_000);
        const newer = await two.leases.acquire('tag', 'a', 60_000);
        expect(newer).toBeDefined();
        expect(await older!.renew()).toBe(false);
        await older!.release();
        expect(await one.leases.acquire('tag', 'b', 60_000)).toBeUndefined();
        expect(await newer!.renew()).toBe(true);
      });

      it('have one winner among 20 who want them at once', async () => {
        await harness.reset();
        const tries = Array.from({ length: 20 }, (_, n) =>
          (n % 2 === 0 ? one : two).leases.acquire('tag', `owner-${n}`, 60_000),
        );
        expect((await Promise.all(tries)).filter((lease) => lease !== undefined)).toHaveLength(1);
        await harness.advance(70_000);
        const again = Array.from({ length: 20 }, (_, n) =>
          (n % 2 === 0 ? one : two).leases.acquire('tag', `late-${n}`, 60_000),
        );
        expect((await Promise.all(again)).filter((lease) => lease !== undefined)).toHaveLength(1);
      });

      it('take any text as key and owner', async () => {
        await harness.reset();
        const key = `registry.test/prod/app:1.0.0'"; DROP TABLE x; -- ${'ü'.repeat(300)}`;
        const lease = await one.leases.acquire(key, "o'wner", 60_000);
        expect(await two.leases.acquire(key, 'b', 60_000)).toBeUndefined();
        await lease!.release();
      });
    });
  });
}
