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

// The time of a signature has four octets (RFC 9580, 5.2.3.11). A longer one reads as a date that is none, which must be
// an answer and not an exception.
test('a signature whose time has eight octets is malformed', async () => {
  const team = await makeKey();
  const time = [9, 2, ...Array(8).fill(0xff)];
  const body = [4, 1, 1, 10, 0, time.length, ...time, 0, 0, 0, 0, 0, 1, 1];
  const packet = Uint8Array.of(0xc2, body.length, ...body);
  const provenance = (await clearsign(signedTextFor(), team)).replace(
    /(BEGIN PGP SIGNATURE-----\n\n)[^-]+/,
    `$1${Buffer.from(packet).toString('base64')}\n`,
  );
  const result = await verify(provenance, [trust('team', await keyringOf(team))]);
  expect(outcomeOf(result)).toEqual({ state: 'failed', codes: ['pgp.malformed'] });
});
