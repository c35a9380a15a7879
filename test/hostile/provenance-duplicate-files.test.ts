import { beforeAll, expect, test } from 'vitest';
import {
  ARCHIVE_DIGEST,
  clearsign,
  keyringOf,
  makeKey,
  outcomeOf,
  type TestKey,
  trust,
  verify,
} from '../support/signing.ts';

const HEAD = 'apiVersion: v2\nname: app\nversion: 1.2.3\n\n...\n';
const GOOD = `  app-1.2.3.tgz: ${ARCHIVE_DIGEST}\n`;
const EVIL = `  app-1.2.3.tgz: sha256:${'0'.repeat(64)}\n`;

let team: TestKey;
beforeAll(async () => {
  team = await makeKey();
});

// Signed text that readers read differently: the first or the last of equal keys, keys in any case or not, one
// document or all of them.
test.each([
  ['files twice', `files:\n${GOOD}files:\n${EVIL}`, 'provenance.files_duplicate'],
  ['a file twice', `files:\n${EVIL}${GOOD}`, 'provenance.files_duplicate'],
  [
    'a file twice, quoted',
    `files:\n${EVIL}  "app-1.2.3.tgz": ${ARCHIVE_DIGEST}\n`,
    'provenance.files_duplicate',
  ],
  ['FILES', `FILES:\n${GOOD}`, 'provenance.files_miscased'],
  ['Files beside files', `Files:\n${EVIL}files:\n${GOOD}`, 'provenance.files_miscased'],
  ['a long s', `file\u017f:\n${GOOD}`, 'provenance.files_miscased'],
  ['a third document', `files:\n${GOOD}\n...\nfiles:\n${EVIL}`, 'provenance.extra_document'],
  [
    'a third document behind a next line',
    `files:\n${GOOD}\u0085...\u0085files: {}\n`,
    'provenance.extra_document',
  ],
  ['a third document, otherwise begun', `files:\n${GOOD}---\nfiles:\n${EVIL}`, 'provenance.extra_document'],
  [
    'upper-case digits',
    `files:\n${GOOD.toUpperCase().replace('APP', 'app').replace('TGZ', 'tgz')}`,
    'provenance.files_malformed',
  ],
  ['a digest beside it that is none', `files:\n${GOOD}  b.tgz: sha256:00\n`, 'provenance.files_malformed'],
  ['a list', `files:\n- - app-1.2.3.tgz\n`, 'provenance.files_missing'],
  ['no files', `files: {}\n`, 'provenance.files_missing'],
  ['nothing', '', 'provenance.files_missing'],
  ['no YAML', '{', 'provenance.files_missing'],
  ['merged in', `x: &x\n${GOOD}files:\n  <<: *x\n  a: 1\n`, 'provenance.files_malformed'],
  ['prototype', `files:\n  __proto__: x\n`, 'provenance.files_malformed'],
])('%s', async (_, tail, code) => {
  const result = await verify(await clearsign(HEAD + tail, team), [trust('team', await keyringOf(team))]);
  const { state, codes } = outcomeOf(result);
  expect(state).toBe('failed');
  expect(codes).toContain(code);
});
