import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { predictHelm, readKeyring } from '../../src/provenance/index.ts';
import { NOW, outcomeOf, sha256, trust, verify } from '../support/signing.ts';
import { vectorsDir } from '../support/vectors.ts';

interface Case {
  source: string;
  dir: string;
  prov: string;
  archive: string;
  expect: string;
  signer: { keyring: string | null };
}

const dir = `${vectorsDir}/real-charts/`;
const read = (name: string) => new Uint8Array(readFileSync(dir + name));
const cases: Case[] = vectorsDir ? JSON.parse(readFileSync(`${dir}index.json`, 'utf8')) : [];
// Someone else's key, where the signer's is not to be had.
const STRANGER = '../provenance/rsa.pub.gpg';

describe.skipIf(!vectorsDir)('provenance files as people published them', () => {
  test('there are 57', () => {
    expect(cases).toHaveLength(57);
  });

  test.each(cases)('$dir', async (record) => {
    const keyring = await readKeyring(
      read(record.signer.keyring === null ? STRANGER : `${record.source}/${record.signer.keyring}`),
    );
    const bytes = read(`${record.dir}/${record.prov}`);
    const archiveDigest = sha256(read(`${record.dir}/${record.archive}`));
    const result = await verify(bytes, [trust('publisher', keyring)], {
      archiveDigest,
      asked: { fileNames: [record.archive] },
    });
    const outcome = outcomeOf(result);
    const isPlugin = /^Name:/m.test(new TextDecoder().decode(bytes));
    const checks = result.evidence[0]!.checks.map(({ outcome, code }) => `${outcome} ${code}`);
    if (record.expect.startsWith('unverifiable')) {
      expect(outcome).toEqual({ state: 'failed', codes: ['pgp.untrusted_key'] });
    } else if (record.expect === 'reject: bad signature') {
      expect(outcome).toEqual({ state: 'failed', codes: ['pgp.bad_signature'] });
    } else if (record.expect === 'reject: no-digest-section') {
      expect(outcome).toEqual({ state: 'failed', codes: ['provenance.separator'] });
    } else if (record.expect === 'reject: mismatch') {
      expect(outcome.state).toBe('failed');
      expect(outcome.codes).toContain('pgp.digest_mismatch');
      expect(checks).toContain('pass pgp.signature_good');
    } else if (isPlugin) {
      // A Helm plugin: signature and digest hold, and it is no chart.
      expect(checks).toContain('pass pgp.signature_good');
      expect(outcome).toEqual({ state: 'failed', codes: ['provenance.metadata'] });
    } else {
      const expired = record.expect.includes('expiry is judged at signing time');
      expect(outcome).toEqual({ state: 'held', codes: expired ? ['pgp.key_expired'] : [] });
      await expectHelm(record, bytes, keyring, archiveDigest, expired);
    }
  });

  async function expectHelm(
    { archive }: Case,
    provenance: Uint8Array,
    keyring: Awaited<ReturnType<typeof readKeyring>>,
    archiveDigest: string,
    expired: boolean,
  ) {
    const predictions = await predictHelm({
      source: { kind: 'file', fileName: archive },
      provenance,
      keyrings: [keyring],
      archiveDigest,
      now: NOW,
    });
    const current = expired ? 'openpgp: key expired' : '';
    expect(predictions.map(({ message }) => message)).toEqual(['', current, current]);
  }

  test('with expiry: now, a key that has expired since no longer counts', async () => {
    const record = cases.find((each) => each.expect.includes('expiry is judged at signing time'))!;
    const keyring = await readKeyring(read(`${record.source}/${record.signer.keyring}`));
    const result = await verify(
      read(`${record.dir}/${record.prov}`),
      [trust('publisher', keyring, { expiry: 'now' })],
      {
        archiveDigest: sha256(read(`${record.dir}/${record.archive}`)),
        asked: { fileNames: [record.archive] },
      },
    );
    expect(outcomeOf(result)).toEqual({ state: 'failed', codes: ['pgp.key_expired'] });
  });
});
