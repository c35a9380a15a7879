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

// YAML breaks lines at a lone CR, OpenPGP does not, and its implementations drop differently many at a line's end.
test('a carriage return anywhere but before a line feed is refused', async () => {
  const team = await makeKey();
  const trusts = [trust('team', await keyringOf(team))];
  const good = await clearsign(signedTextFor(), team);
  for (const file of [
    good.replace('name: app\n', 'name: app\r\r\n'),
    good.replace('name: app\n', 'name: app\r \n'),
    good.replace('name: app\n', '\rname: app\n'),
    await clearsign(signedTextFor().replace('name: app', 'x: y\rname: app'), team),
  ]) {
    expect(outcomeOf(await verify(file, trusts))).toEqual({ state: 'failed', codes: ['pgp.malformed'] });
  }
});
