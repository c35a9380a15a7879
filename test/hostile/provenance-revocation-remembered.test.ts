import { enums, SignaturePacket } from 'openpgp';
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

// openpgp.js notes on a self-signature that it is revoked and believes that for every date afterwards; keys are kept
// between requests, so one request could change what the next is told.
test('a subkey retired in June: what was signed before holds, what was signed after does not, in any order', async () => {
  const team = await makeKey({ subkeys: [{ sign: true }] });
  const before = await clearsign(signedTextFor(), team, { date: '2026-02-01T00:00:00Z' });
  const after = await clearsign(signedTextFor(), team, { date: '2026-08-01T00:00:00Z' });
  const subkey = team.publicKey.subkeys[0]!;
  const revocation = Object.assign(new SignaturePacket(), {
    signatureType: enums.signature.subkeyRevocation,
    publicKeyAlgorithm: team.privateKey.keyPacket.algorithm,
    hashAlgorithm: enums.hash.sha512,
    reasonForRevocationFlag: enums.reasonForRevocation.keyRetired,
    reasonForRevocationString: '',
  });
  const sign = revocation.sign as unknown as (...of: unknown[]) => Promise<void>;
  await sign.call(
    revocation,
    team.privateKey.keyPacket,
    { key: team.publicKey.keyPacket, bind: subkey.keyPacket },
    new Date('2026-06-01T00:00:00Z'),
    false,
    { nonDeterministicSignaturesViaNotation: false },
  );
  subkey.revocationSignatures.push(revocation);
  const trusts = [trust('team', await keyringOf(team.publicKey))];
  const states: string[] = [];
  for (const provenance of [before, after, before, after, before]) {
    states.push(outcomeOf(await verify(provenance, trusts)).state);
  }
  expect(states).toEqual(['held', 'failed', 'held', 'failed', 'held']);
  const together = await Promise.all([before, after, before].map((provenance) => verify(provenance, trusts)));
  expect(together.map((result) => outcomeOf(result).state)).toEqual(['held', 'failed', 'held']);
});
