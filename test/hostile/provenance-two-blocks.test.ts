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

// Helm reads the first block and passes over the rest, other readers the last: one file, two statements.
test('a second signed block is refused, whichever of the two is good', async () => {
  const [team, stranger] = [await makeKey(), await makeKey()];
  const good = await clearsign(signedTextFor(), team);
  const evil = await clearsign(signedTextFor({ 'app-1.2.3.tgz': `sha256:${'0'.repeat(64)}` }), stranger);
  const trusts = [trust('team', await keyringOf(team))];
  for (const file of [good + evil, evil + good, good + good, `${good}\n\n${evil}`]) {
    const result = await verify(file, trusts);
    expect(outcomeOf(result)).toEqual({ state: 'failed', codes: ['pgp.multiple_blocks'] });
    expect(result.signedText).toBeUndefined();
  }
});

test('a block inside the signed text of another one', async () => {
  const team = await makeKey();
  const good = await clearsign(signedTextFor(), team);
  const nested = good.replace('name: app\n', `${good}name: app\n`);
  const result = await verify(nested, [trust('team', await keyringOf(team))]);
  expect(outcomeOf(result)).toEqual({ state: 'failed', codes: ['pgp.multiple_blocks'] });
});
