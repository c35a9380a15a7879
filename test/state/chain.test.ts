import { describe, expect, it } from 'vitest';
import {
  type AuditEntry,
  type AuditRecord,
  chainHash,
  createMemoryState,
  GENESIS,
  readAll,
  verifyChain,
} from '../../src/state/index.ts';

const NOW = Date.UTC(2026, 10, 23, 12);

const entry = (n: number): AuditEntry => ({
  kind: 'signed',
  requestId: `request-${n}`,
  caller: 'release-pipeline',
  reference: `oci://registry.test/prod/app:1.2.${n}`,
  before: `sha256:${'a'.repeat(64)}`,
  after: `sha256:${'b'.repeat(64)}`,
  keys: [{ name: 'release', fingerprint: 'AB'.repeat(20) }],
});

async function chain(length: number): Promise<AuditRecord[]> {
  const { audit } = createMemoryState({ clock: () => NOW });
  for (let n = 1; n <= length; n++) await audit.append(entry(n));
  return audit.read({ limit: length });
}

describe('chainHash', () => {
  it('has the value that anybody can compute from the canonical JSON', async () => {
    const record = { ...entry(1), seq: 1, time: '2026-11-23T12:00:00.000Z' };
    const text = `chartseal audit record v1\n{"after":"sha256:${'b'.repeat(64)}","before":"sha256:${'a'.repeat(64)}","caller":"release-pipeline","keys":[{"fingerprint":"${'AB'.repeat(20)}","name":"release"}],"kind":"signed","prev":"${GENESIS}","reference":"oci://registry.test/prod/app:1.2.1","requestId":"request-1","seq":1,"time":"2026-11-23T12:00:00.000Z"}`;
    const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
    expect(await chainHash(GENESIS, record)).toBe(`sha256:${Buffer.from(bytes).toString('hex')}`);
  });

  it('changes with every field', async () => {
    const record = { ...entry(1), seq: 1, time: '2026-11-23T12:00:00.000Z', code: 'sign.caller', intent: 7 };
    const changes: Partial<AuditRecord>[] = [
      { seq: 2 },
      { time: '2026-11-23T12:00:00.001Z' },
      { kind: 'refused' },
      { requestId: 'x' },
      { caller: 'x' },
      { reference: 'x' },
      { before: 'x' },
      { after: 'x' },
      { keys: [] },
      { keys: [{ name: 'x', fingerprint: record.keys[0]!.fingerprint }] },
      { keys: [{ name: 'release', fingerprint: 'x' }] },
      { code: 'x' },
      { intent: 8 },
    ];
    const hashes = await Promise.all([
      chainHash(GENESIS, record),
      chainHash(`sha256:${'1'.repeat(64)}`, record),
      ...changes.map((change) => chainHash(GENESIS, { ...record, ...change })),
    ]);
    expect(new Set(hashes).size).toBe(changes.length + 2);
  });

  it('does not confuse an absent field with an empty one', async () => {
    const { before: _, ...without } = { ...entry(1), seq: 1, time: '' };
    expect(await chainHash(GENESIS, without)).not.toBe(await chainHash(GENESIS, { ...without, before: '' }));
  });
});

describe('verifyChain', () => {
  it('accepts a log as it was written, and an empty one', async () => {
    const records = await chain(5);
    expect(await verifyChain(records)).toEqual({
      intact: true,
      count: 5,
      head: { seq: 5, hash: records[4]!.hash },
    });
    expect(await verifyChain([])).toEqual({ intact: true, count: 0, head: undefined });
  });

  it('finds an edit of every field', async () => {
    const records = await chain(3);
    const edits: Partial<AuditRecord>[] = [
      { time: '2020-01-01T00:00:00.000Z' },
      { kind: 'refused' },
      { requestId: 'x' },
      { caller: 'somebody-else' },
      { reference: 'oci://registry.test/prod/other:1.0.0' },
      { before: 'x' },
      { after: 'x' },
      { keys: [] },
      { code: 'x' },
      { intent: 1 },
    ];
    for (const edit of edits) {
      const edited = records.map((record) => (record.seq === 2 ? { ...record, ...edit } : record));
      expect(await verifyChain(edited)).toMatchObject({ intact: false, seq: 2, problem: 'hash' });
    }
  });

  it('finds an edit whose hash was computed anew', async () => {
    const records = await chain(3);
    const second = { ...records[1]!, caller: 'somebody-else' };
    second.hash = await chainHash(second.prev, second);
    const result = await verifyChain([records[0]!, second, records[2]!]);
    expect(result).toMatchObject({ intact: false, seq: 3, problem: 'link', count: 2 });
  });

  it('finds records that are missing, at the front, in the middle', async () => {
    const [first, second, third] = (await chain(3)) as [AuditRecord, AuditRecord, AuditRecord];
    expect(await verifyChain([second, third])).toMatchObject({ intact: false, problem: 'gap', seq: 1 });
    expect(await verifyChain([first, third])).toMatchObject({ intact: false, problem: 'gap', seq: 2 });
  });

  it('finds records in another order and records twice', async () => {
    const [first, second, third] = (await chain(3)) as [AuditRecord, AuditRecord, AuditRecord];
    expect((await verifyChain([first, third, second])).intact).toBe(false);
    expect(await verifyChain([first, second, second, third])).toMatchObject({ problem: 'order', seq: 2 });
    const swapped = [first, { ...third, seq: 2 }, { ...second, seq: 3 }];
    expect(await verifyChain(swapped)).toMatchObject({ intact: false, seq: 2, problem: 'link' });
    const relinked = [first, { ...third, seq: 2, prev: first.hash }];
    expect(await verifyChain(relinked)).toMatchObject({ intact: false, seq: 2, problem: 'hash' });
  });

  it('finds a cut-off end only with a head that was kept', async () => {
    const records = await chain(4);
    const head = records[3]!.hash;
    const cut = records.slice(0, 3);
    expect((await verifyChain(cut)).intact).toBe(true);
    expect(await verifyChain(cut, { head })).toMatchObject({ intact: false, problem: 'head', seq: 3 });
    expect(await verifyChain([], { head })).toMatchObject({ intact: false, problem: 'head', seq: 0 });
    expect(await verifyChain(records, { head })).toMatchObject({ intact: true, sinceHead: 0 });
    expect(await verifyChain(records, { head: records[1]!.hash.slice(7).toUpperCase() })).toMatchObject({
      intact: true,
      sinceHead: 2,
    });
  });

  it('finds a log that was written anew', async () => {
    const old = await chain(2);
    const { audit } = createMemoryState({ clock: () => NOW + 1 });
    await audit.append(entry(1));
    await audit.append(entry(2));
    const result = await verifyChain(readAll(audit), { head: old[1]!.hash });
    expect(result).toMatchObject({ intact: false, problem: 'head' });
  });

  it('goes on from a record that was checked before', async () => {
    const records = await chain(4);
    const after = { seq: 2, hash: records[1]!.hash };
    expect(await verifyChain(records.slice(2), { after, head: after.hash })).toMatchObject({
      intact: true,
      count: 2,
      sinceHead: 2,
    });
    expect(await verifyChain(records.slice(3), { after })).toMatchObject({
      intact: false,
      problem: 'gap',
      seq: 3,
    });
  });
});

describe('readAll', () => {
  it('reads page by page and ends where a store does not go forward', async () => {
    const { audit } = createMemoryState({ clock: () => NOW });
    for (let n = 1; n <= 7; n++) await audit.append(entry(n));
    const asked: (number | undefined)[] = [];
    const log = {
      read: (options: { after?: number; limit: number }) => {
        asked.push(options.after);
        return audit.read(options);
      },
    };
    const seqs: number[] = [];
    for await (const record of readAll(log, { page: 3 })) seqs.push(record.seq);
    expect(seqs).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(asked).toEqual([0, 3, 6, 7]);
    const same = await audit.read({ limit: 1 });
    expect(await verifyChain(readAll({ read: async () => same }))).toMatchObject({
      intact: false,
      problem: 'order',
    });
  });
});
