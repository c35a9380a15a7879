import { expect, test } from 'vitest';
import {
  clearsign,
  keyringOf,
  makeKey,
  outcomeOf,
  signedTextFor,
  trust,
  verify,
} from '../support/signing.ts';

// A header that names another algorithm than the signature uses (CVE-2019-11841 and its kin).
test.each([
  ['names another', 'Hash: SHA256', 'pgp.hash_header'],
  ['names several others', 'Hash: SHA256,SHA384', 'pgp.hash_header'],
  ['names it among others', 'Hash: SHA256, SHA512', undefined],
  ['is absent', '', undefined],
  ['is empty', 'Hash: ', 'pgp.header'],
  ['names nothing known', 'Hash: SHA512-TRUST-ME', 'pgp.header'],
  ['is in another case', 'hash: SHA512', 'pgp.header'],
  ['has a control character', 'Hash: SHA512\u000b', 'pgp.header'],
  ['has text in front', 'You trust this. Hash: SHA512', 'pgp.header'],
])('a Hash header that %s', async (_, header, code) => {
  const team = await makeKey();
  const provenance = (await clearsign(signedTextFor(), team)).replace(
    /^Hash: .*\n/m,
    header === '' ? '' : `${header}\n`,
  );
  const result = await verify(provenance, [trust('team', await keyringOf(team))]);
  expect(outcomeOf(result)).toEqual(
    code === undefined ? { state: 'held', codes: [] } : { state: 'failed', codes: [code] },
  );
});
