import { describe, expect, it } from 'vitest';
import {
  type AuditEntry,
  type AuditRecord,
  type AuditStore,
  createAuditLog,
  createMemoryState,
  redact,
  verifyChain,
} from '../../src/state/index.ts';

const NOW = Date.UTC(2026, 10, 23, 12);
const ENTRY: AuditEntry = {
  kind: 'intent',
  requestId: 'r1',
  caller: 'ci',
  reference: 'oci://registry.test/app:1.0.0',
  keys: [],
};

function storeOf(records: AuditRecord[], before: () => void = () => {}): AuditStore {
  return {
    head: async () => records.at(-1),
    insert: async (record) => {
      before();
      if (records.some(({ seq, prev }) => seq === record.seq || prev === record.prev)) return false;
      records.push(record);
      return true;
    },
    read: async (after, limit) => records.filter(({ seq }) => seq > after).slice(0, limit),
  };
}

describe('appending', () => {
  it('tries again when another writer was faster, with waits that grow, spread and stay bounded', async () => {
    const records: AuditRecord[] = [];
    const waits: number[] = [];
    const other = createAuditLog(storeOf(records), {
      clock: () => NOW,
      random: () => 0,
      sleep: async () => {},
    });
    let conflicts = 0;
    const store = storeOf(records);
    const log = createAuditLog(
      {
        ...store,
        insert: async (record) => {
          if (conflicts++ < 12) await other.append(ENTRY);
          return store.insert(record);
        },
      },
      { clock: () => NOW, random: () => 0.5, sleep: async (ms) => void waits.push(ms) },
    );
    expect(await log.append(ENTRY)).toMatchObject({ seq: 13 });
    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 125, 125, 125, 125, 125, 125]);
    expect(await verifyChain(records)).toMatchObject({ intact: true, count: 13 });
  });

  it('gives up after a bounded number of attempts, and says that it may be tried again', async () => {
    let attempts = 0;
    const store = storeOf([]);
    const log = createAuditLog(
      { ...store, insert: async () => ++attempts < 0 },
      { clock: () => NOW, random: () => 0, sleep: async () => {}, attempts: 7 },
    );
    await expect(log.append(ENTRY)).rejects.toMatchObject({ code: 'audit.unavailable', retryable: true });
    expect(attempts).toBe(7);
  });

  it('does not try again when the store failed: the record may be there', async () => {
    let attempts = 0;
    const log = createAuditLog(
      {
        ...storeOf([]),
        insert: async () => {
          attempts++;
          throw new Error('connection lost');
        },
      },
      { clock: () => NOW, random: () => 0, sleep: async () => {}, oneAtATime: true },
    );
    await expect(log.append(ENTRY)).rejects.toThrow('connection lost');
    await expect(log.append(ENTRY)).rejects.toThrow('connection lost');
    expect(attempts).toBe(2);
  });

  it('lets the appends of one process wait for each other', async () => {
    let inserts = 0;
    const records: AuditRecord[] = [];
    const log = createAuditLog(
      storeOf(records, () => inserts++),
      { clock: () => NOW, random: () => 0, sleep: async () => {}, oneAtATime: true },
    );
    const heads = await Promise.all(Array.from({ length: 20 }, () => log.append(ENTRY)));
    expect(heads.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    expect(inserts).toBe(20);
  });

  it('lands every one of 20 at once also without waiting in turn', async () => {
    const records: AuditRecord[] = [];
    const log = createAuditLog(storeOf(records), {
      clock: () => NOW,
      random: Math.random,
      sleep: async () => {},
    });
    await Promise.all(Array.from({ length: 20 }, () => log.append(ENTRY)));
    expect(await verifyChain(records)).toMatchObject({ intact: true, count: 20 });
  });
});

describe('what is stored', () => {
  it('is bounded, visible and only what a record has', async () => {
    const { audit } = createMemoryState({ clock: () => NOW });
    const hostile = `a\u0000\u001b[31m\u202e${'x'.repeat(5000)}`;
    await audit.append({
      kind: 'refused',
      requestId: hostile,
      caller: hostile,
      reference: hostile,
      before: hostile,
      after: hostile,
      keys: Array.from({ length: 100 }, () => ({ name: hostile, fingerprint: hostile, secret: 'hunter2' })),
      code: hostile,
      passphrase: 'hunter2',
    } as AuditEntry);
    const [record] = await audit.read({ limit: 1 });
    const text = JSON.stringify(record);
    expect(text).not.toContain('hunter2');
    expect(text).not.toMatch(/[\u0000-\u001f\u202e]|\\u0000|\\u001b/);
    expect(record!.keys).toHaveLength(20);
    expect(text.length).toBeLessThan(16_000);
    expect(record!.caller).toMatch(/^a\\u\{0\}\\u\{1b\}\[31m\\u\{202e\}x+…$/);
    expect(await verifyChain([record!])).toMatchObject({ intact: true });
  });

  it('holds no secret that was written into a field', () => {
    expect(redact('oci://user:hunter2@registry.test/app:1')).toBe('oci://[removed]@registry.test/app:1');
    expect(redact(`oci://registry.test/app@sha256:${'a'.repeat(64)}`)).toContain('@sha256:');
    expect(redact('Authorization: Bearer hunter2-hunter2')).toBe('Authorization: Bearer [removed]');
    expect(redact('x eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln y')).toBe('x [removed] y');
    expect(redact('-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nhunter2')).toBe('[removed]');
    const long = `//${'a@'.repeat(100_000)}`;
    expect(redact(long).length).toBeLessThan(20_000);
  });

  it('is a copy: who reads cannot edit the log', async () => {
    const { audit } = createMemoryState({ clock: () => NOW });
    await audit.append(ENTRY);
    const [record] = await audit.read({ limit: 1 });
    record!.caller = 'somebody-else';
    expect(await verifyChain(await audit.read({ limit: 1 }))).toMatchObject({ intact: true });
  });

  it('is read in pages of a bounded length', async () => {
    const asked: number[] = [];
    const log = createAuditLog(
      { ...storeOf([]), read: async (...page) => [asked.push(...page)].slice(1) as never },
      { clock: () => NOW, random: () => 0, sleep: async () => {} },
    );
    await log.read({ limit: 1e9 });
    await log.read({ limit: -1, after: -5 });
    await log.read({ limit: 10.5, after: 3 });
    expect(asked).toEqual([0, 1000, 0, 1, 3, 10]);
  });
});
