import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { predictHelm, readKeyring } from '../../src/provenance/index.ts';
import { PROVENANCE_DENIED } from '../support/expected-provenance.ts';
import { NOW, outcomeOf, sha256, trust, verify } from '../support/signing.ts';
import { vectorsDir } from '../support/vectors.ts';

const dir = `${vectorsDir}/provenance/`;
const read = (name: string) => new Uint8Array(readFileSync(dir + name));
const rows = vectorsDir
  ? readFileSync(`${dir}expected.tsv`, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => {
        const [vector, keyring, archive, x, go3, go4, js] = line.split('\t') as [string, ...string[]];
        return { vector, keyring: keyring!, archive: archive!, helm: [x!, go3!, go4!], js: js! };
      })
  : [];

describe.skipIf(!vectorsDir)('vectors made with Helm', () => {
  test('there are 39', () => {
    expect(rows).toHaveLength(39);
  });

  test.each(rows)('$vector: verdict', async ({ vector, keyring, archive, js }) => {
    const ring = await readKeyring(read(keyring));
    const [name, tag] = archive.startsWith('foo') ? ['foo', '1.0.0_build.1'] : ['hashtest', '1.2.3'];
    const result = await verify(read(vector), [trust('team', ring)], {
      archiveDigest: sha256(read(archive)),
      asked: { fileNames: [archive], name, tag },
    });
    // Several signatures: one by a key of the ring is enough.
    const openpgpSaysOk = js.startsWith('OK') || js.includes(';OK');
    const codes = PROVENANCE_DENIED[vector] ?? [];
    if (!openpgpSaysOk) expect(codes).not.toEqual([]);
    expect(outcomeOf(result)).toEqual({ state: codes.length > 0 ? 'failed' : 'held', codes });
  });

  test.each(rows)('$vector: what each Helm says', async ({ vector, keyring, archive, helm }) => {
    const predictions = await predictHelm({
      source: { kind: 'file', fileName: archive },
      provenance: read(vector),
      keyrings: [await readKeyring(read(keyring))],
      archiveDigest: sha256(read(archive)),
      now: NOW,
    });
    const said = predictions.map(({ outcome, message }) =>
      outcome === 'accept' ? 'OK' : `Error: ${message}`,
    );
    expect(said).toEqual(helm);
  });

  test('loosening a rule accepts exactly what it names', async () => {
    const archiveDigest = sha256(read('hashtest-1.2.3.tgz'));
    const asked = { fileNames: ['hashtest-1.2.3.tgz'] };
    const state = async (vector: string, ring: string, unsafeAllow: ('sha1' | 'rsa1024' | 'dsa')[]) => {
      const keyring = await readKeyring(read(ring));
      const result = await verify(read(vector), [trust('t', keyring, { unsafeAllow })], {
        archiveDigest,
        asked,
      });
      return outcomeOf(result).state;
    };
    expect(await state('sha1.prov', 'rsa.pub.gpg', ['sha1'])).toBe('held');
    expect(await state('sha1.prov', 'rsa.pub.gpg', ['rsa1024', 'dsa'])).toBe('failed');
    expect(await state('r1024.prov', 'r1024.pub.gpg', ['rsa1024'])).toBe('held');
    expect(await state('r1024.prov', 'r1024.pub.gpg', ['sha1', 'dsa'])).toBe('failed');
  });

  test('what one trust allows and another does not is info in the evidence', async () => {
    const keyring = await readKeyring(read('rsa.pub.gpg'));
    const trusts = [trust('strict', keyring), trust('loose', keyring, { unsafeAllow: ['sha1'] })];
    const result = await verify(read('sha1.prov'), trusts, {
      archiveDigest: sha256(read('hashtest-1.2.3.tgz')),
      asked: { fileNames: ['hashtest-1.2.3.tgz'] },
    });
    expect(result.outcomes.map(({ state }) => state)).toEqual(['failed', 'held']);
    expect(result.evidence[0]?.checks).toContainEqual(
      expect.objectContaining({ name: 'hash-algorithm', outcome: 'info', code: 'pgp.weak_hash' }),
    );
    expect(result.evidence[0]?.trustedAs).toEqual(['loose']);
  });
});
