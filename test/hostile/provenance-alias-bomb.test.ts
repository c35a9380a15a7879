import { expect, test } from 'vitest';
import { predictHelm } from '../../src/provenance/index.ts';
import {
  ARCHIVE_DIGEST,
  clearsign,
  keyringOf,
  makeKey,
  NOW,
  outcomeOf,
  trust,
  verify,
} from '../support/signing.ts';

const BOMB = [
  'a: &a [x, x, x, x, x, x, x, x, x, x]',
  ...'bcdefghijk'.split('').map((name, i) => {
    const before = 'abcdefghijk'[i];
    return `${name}: &${name} [${Array(10).fill(`*${before}`).join(', ')}]`;
  }),
].join('\n');

// Ten to the eleventh nodes in a few lines of signed text; any trusted signer could write them, or be made to.
test.each([
  [
    'metadata',
    `${BOMB}\nname: app\nversion: 1.2.3\n\n...\nfiles:\n  app-1.2.3.tgz: ${ARCHIVE_DIGEST}\n`,
    'provenance.metadata',
  ],
  ['files', `name: app\nversion: 1.2.3\n\n...\n${BOMB}\nfiles: *k\n`, 'provenance.files_missing'],
])('a YAML bomb in the %s is refused within the limits of the reader', async (_, text, code) => {
  const team = await makeKey();
  const keyring = await keyringOf(team);
  const provenance = await clearsign(text, team);
  const result = await verify(provenance, [trust('team', keyring)]);
  expect(outcomeOf(result).state).toBe('failed');
  expect(outcomeOf(result).codes).toContain(code);
  const predictions = await predictHelm({
    source: { kind: 'file', fileName: 'app-1.2.3.tgz' },
    provenance: new TextEncoder().encode(provenance),
    keyrings: [keyring],
    archiveDigest: ARCHIVE_DIGEST,
    now: NOW,
  });
  expect(predictions).toHaveLength(3);
});
