import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { predictHelm, readKeyring } from '../../src/provenance/index.ts';
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

// Held wherever openpgp.js says OK, but for these, which break a rule that openpgp.js does not know.
const REFUSED: Record<string, string[]> = {
  'FILES-key.prov': ['provenance.files_miscased', 'provenance.metadata'],
  'dup-files-key.prov': ['provenance.files_duplicate', 'provenance.metadata'],
  'extra-keys.prov': ['provenance.metadata'],
  'metadata-empty.prov': ['provenance.metadata'],
  'metadata-not-yaml.prov': ['provenance.metadata'],
  'metadata-wrong-type.prov': ['provenance.metadata'],
  'no-separator.prov': ['provenance.separator'],
  'other-name.prov': ['provenance.metadata'],
  'starts-with-dots.prov': ['provenance.separator'],
  'two-blocks-bad-first.prov': ['pgp.multiple_blocks'],
  'uppercase-hex.prov': ['provenance.files_malformed', 'provenance.metadata'],
  'uppercase-scheme.prov': ['provenance.files_malformed', 'provenance.metadata'],
};
// And openpgp.js' own refusals, by our codes.
const NOT_OK: Record<string, string> = {
  'bom-first.prov': 'pgp.text_outside_block',
  'extra-clearsign-header.prov': 'pgp.header',
  'future.prov': 'pgp.signed_in_future',
  'inline-signed.prov': 'pgp.malformed',
  'lying-hash-header.prov': 'pgp.hash_header',
  'nf.3.prov': 'pgp.key_flags',
  'nf.4.prov': 'pgp.key_flags',
  'r1024.prov': 'pgp.weak_key',
  'sha1.prov': 'pgp.weak_hash',
};

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
    const codes = REFUSED[vector] ?? (openpgpSaysOk ? [] : [NOT_OK[vector]]);
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
});
