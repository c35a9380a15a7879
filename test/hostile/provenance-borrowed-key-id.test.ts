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

// The issuer of a signature is a claim: a stranger writes the key id of a trusted key into his own.
test("a stranger's signature under the key id of a trusted key", async () => {
  const [team, stranger] = [await makeKey({ name: 'Team' }), await makeKey({ name: 'Stranger' })];
  const provenance = await clearsign(signedTextFor(), stranger);
  const [, armor] = /BEGIN PGP SIGNATURE-----\n\n([A-Za-z0-9+/=\n]+)-----END/.exec(provenance) ?? [];
  const lines = armor!.split('\n').filter((line) => line !== '' && !line.startsWith('='));
  let hex = Buffer.from(lines.join(''), 'base64').toString('hex');
  hex = hex.replaceAll(stranger.keyId.toLowerCase(), team.keyId.toLowerCase());
  hex = hex.replaceAll(stranger.fingerprint.toLowerCase(), team.fingerprint.toLowerCase());
  const borrowed = provenance.replace(armor!, `${Buffer.from(hex, 'hex').toString('base64')}\n`);
  const result = await verify(borrowed, [trust('team', await keyringOf(team))]);
  expect(outcomeOf(result)).toEqual({ state: 'failed', codes: ['pgp.bad_signature'] });
  expect(result.evidence[0]?.signer).toEqual({ keyId: team.keyId });
});
