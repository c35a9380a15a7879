import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ChartsealError } from '../../src/base/error.ts';
import { type Keyring, type ParsedKey, readClearsigned, readKeyring } from '../../src/provenance/index.ts';
import { CLEARSIGNED } from '../support/expected-clearsigned.ts';
import { outcomeOf, trust, verify } from '../support/signing.ts';
import { vectorsDir } from '../support/vectors.ts';

const dir = `${vectorsDir}/hostile/clearsign/`;
const files = vectorsDir
  ? readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'))
  : [];
const isKey = (name: string) => /\.pub\.asc$|public-keys\//.test(name);

describe.skipIf(!vectorsDir)('clear-signed messages made to deceive', () => {
  const keyrings = new Map<string, Keyring>();
  beforeAll(async () => {
    for (const folder of ['golang-x-crypto', 'openpgpjs', 'johnny']) {
      const keys: ParsedKey[] = [];
      for (const name of files.filter((each) => each.startsWith(`${folder}/`) && isKey(each))) {
        // Some were cut out of source code and are no keys.
        const read = await readKeyring(new Uint8Array(readFileSync(dir + name))).catch(() => undefined);
        keys.push(...(read?.keys ?? []));
      }
      keyrings.set(folder, { keys, unusable: [], certificates: [], form: 'armored' });
    }
  });
  const judge = (name: string, edit = (bytes: Uint8Array) => bytes) => {
    const bytes = edit(new Uint8Array(readFileSync(dir + name)));
    return verify(bytes, [trust('t', keyrings.get(name.split('/')[0]!)!)]);
  };

  test.each(Object.entries(CLEARSIGNED))('%s', async (name, { codes, goodSignatures = 0 }) => {
    const result = await judge(name);
    expect(outcomeOf(result)).toEqual({ state: 'failed', codes });
    const good = result.evidence.filter(({ checks }) =>
      checks.some(({ code, outcome }) => code === 'pgp.signature_good' && outcome === 'pass'),
    );
    expect(good).toHaveLength(goodSignatures);
  });

  test.each(files.filter((name) => /invalid-\d+\.asc$/.test(name)))(
    '%s is no clear-signed document, with and without its first empty line',
    async (name) => {
      expect(outcomeOf(await judge(name)).state).toBe('failed');
      const bytes = new Uint8Array(readFileSync(dir + name));
      const start = bytes.findIndex((byte) => byte !== 0x0a);
      let code: string | undefined;
      try {
        readClearsigned(bytes.subarray(start));
      } catch (error) {
        code = (error as ChartsealError).code;
      }
      expect(code).toMatch(/^pgp\.(malformed|header)$/);
    },
  );

  const emails = files.filter((name) => name.endsWith('.eml'));
  test('there are emails', () => {
    expect(emails.length).toBeGreaterThan(15);
  });
  test.each(emails)('%s: an email is no provenance, however good the signature in it', async (name) => {
    const { state, codes } = outcomeOf(await judge(name));
    expect(state).toBe('failed');
    expect(codes[0]).toMatch(/^pgp\.(text_outside_block|malformed)$/);
  });

  test('every vector is named here', () => {
    const named = files.filter((name) => /\.(asc|eml)$/.test(name) && !isKey(name));
    // signature-line1723.asc is an artefact of extraction, as its README says.
    const known = named.filter(
      (name) => name in CLEARSIGNED || /invalid-|\.eml$|signature-line1723/.test(name),
    );
    expect(known).toEqual(named);
  });
});
