import { beforeAll, describe, expect, it } from 'vitest';
import type { HelmLogEntry } from '../../src/sigstore/index.ts';
import { createHelmRekor, type HelmRekor, helmBody, verifyDemo } from '../support/helm-log.ts';
import { createFakeKey } from '../support/sigstore/index.ts';

/** A log, or somebody before it, that promises what the trusted log never did. The plugin looks at no promise. */
describe('a forged promise', () => {
  let box: HelmRekor;
  let entry: HelmLogEntry;

  beforeAll(async () => {
    box = await createHelmRekor();
    box.log(await helmBody());
    entry = (await box.search()).entries[0]!;
  });

  it('by another key is none, though the proof holds', async () => {
    const promise = createFakeKey().sign(Buffer.from('anything'));
    expect((await verifyDemo({ ...entry, promise }, box.root)).logged).toBe(false);
  });

  it.each([
    ['an earlier time', { integratedTime: 1_700_000_000 }],
    ['another place', { logIndex: 99 }],
    ['a time before the epoch', { integratedTime: 0 }],
  ])('that says %s than the log signed is none', async (_, change) => {
    expect((await verifyDemo({ ...entry, ...change, proof: undefined }, box.root)).logged).toBe(false);
  });

  it.each([
    ['no bytes', Buffer.alloc(0)],
    ['junk', Buffer.from('junk')],
    ['a byte more', undefined],
  ])('of %s is none', async (_, bytes) => {
    const promise = bytes ?? Buffer.concat([entry.promise!, Buffer.of(0)]);
    expect((await verifyDemo({ ...entry, promise, proof: undefined }, box.root)).logged).toBe(false);
  });

  it('does not make up for a proof that does not hold', async () => {
    const proof = { ...entry.proof!, hashes: entry.proof!.hashes.toReversed() };
    expect((await verifyDemo({ ...entry, proof }, box.root)).logged).toBe(false);
    const elsewhere = { ...entry.proof!, logIndex: 0 };
    expect((await verifyDemo({ ...entry, proof: elsewhere }, box.root)).logged).toBe(false);
  });

  it('and a checkpoint by another log, of another root or another size are none', async () => {
    const other = await createHelmRekor();
    other.log(await helmBody());
    const [theirs] = (await other.search()).entries;
    const promise = undefined;
    const swapped = { ...entry.proof!, checkpoint: theirs!.proof!.checkpoint };
    expect((await verifyDemo({ ...entry, promise, proof: swapped }, box.root)).logged).toBe(false);
    const { checkpoint } = entry.proof!;
    for (const forged of [
      checkpoint.replace('\n4\n', '\n5\n'),
      checkpoint.replace(/\n[A-Za-z0-9+/]{43}=\n/, `\n${'A'.repeat(43)}=\n`),
      '',
    ]) {
      expect(forged).not.toBe(checkpoint);
      const proof = { ...entry.proof!, checkpoint: forged };
      expect((await verifyDemo({ ...entry, promise, proof }, box.root)).logged).toBe(false);
    }
  });
});
