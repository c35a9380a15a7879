import { describe, expect, it } from 'vitest';
import { changedBody, createHelmRekor, helmBody, toAnswer, verifyDemo } from '../support/helm-log.ts';

/** A log, or somebody before it, that gives another entry than the one it holds, or one that is built oddly. */
describe('an entry whose body lies', () => {
  it('about what is logged is refused by its id, its promise and its proof', async () => {
    const box = await createHelmRekor();
    const id = box.log(await changedBody((body) => (body.spec.chart.hash.value = '00'.repeat(32))));
    const answer = box.answers.get(id);
    answer[id].body = (await helmBody()).toString('base64');
    const [entry] = (await box.search()).entries;
    const result = await verifyDemo(entry!, box.root);
    expect(result.evidence.checks.filter(({ outcome }) => outcome === 'fail')).toEqual([
      expect.objectContaining({ name: 'log', code: 'sigstore.log_invalid' }),
    ]);
    // With the right id, too.
    const { id: own } = toAnswer(
      box.rekor.logBody({ kind: 'helm', version: '0.0.1' }, await helmBody(), 0),
      await helmBody(),
    );
    const uuid = own.slice(-64);
    for (const spoiled of [
      { ...entry!, uuid },
      { ...entry!, uuid, promise: undefined },
      { ...entry!, uuid, proof: undefined },
    ]) {
      expect((await verifyDemo(spoiled, box.root)).logged).toBe(false);
    }
  });

  it('about which entry it is is not taken', async () => {
    const box = await createHelmRekor();
    const id = box.log(await helmBody());
    const other = box.log(await changedBody((body) => (body.more = 1)));
    box.answers.set(other, box.answers.get(id));
    const { entries, incomplete } = await box.search();
    expect(entries).toHaveLength(1);
    expect(incomplete?.code).toBe('sigstore.log_protocol');
  });

  it.each([
    ['another type', { kind: 'rekord' }],
    ['another version', { apiVersion: '0.0.2' }],
    ['no type', { kind: undefined }],
    ['no spec', { spec: null }],
    ['a list', { spec: [] }],
    [
      'an object for a digest',
      { spec: { chart: { hash: { algorithm: 'sha256', value: { toLowerCase: 1 } } } } },
    ],
    ['a type that is text for terminals', { kind: '\u001b[2J' }],
  ])('and says %s is none', async (_, change) => {
    const box = await createHelmRekor();
    box.log(await changedBody((body) => Object.assign(body, change)));
    const [entry] = (await box.search()).entries;
    const result = await verifyDemo(entry!, box.root);
    expect(result.logged).toBe(false);
    expect(JSON.stringify(result.evidence)).not.toContain('\\u001b');
  });

  it.each([
    ['nothing', null],
    ['a list', []],
    ['no body', { body: 7 }],
    ['a negative index', { logIndex: -1 }],
    ['an index that is no integer', { logIndex: 1e300 }],
    ['a promise that is no text', { verification: { signedEntryTimestamp: {} } }],
    [
      'a proof with ten thousand hashes',
      { verification: { inclusionProof: { hashes: Array(10_000).fill('00'.repeat(32)) } } },
    ],
    [
      'a proof without checkpoint',
      {
        verification: { inclusionProof: { logIndex: 0, treeSize: 1, rootHash: '00'.repeat(32), hashes: [] } },
      },
    ],
  ])('in an answer of %s is no entry', async (_, change) => {
    const box = await createHelmRekor();
    const id = box.log(await helmBody());
    const answer = box.answers.get(id);
    answer[id] = change === null || Array.isArray(change) ? change : { ...answer[id], ...change };
    const { entries, incomplete } = await box.search();
    expect(entries).toEqual([]);
    expect(incomplete?.code).toBe('sigstore.log_protocol');
  });
});
