import { enums, type PrivateKey, SignaturePacket } from 'openpgp';
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

// CVE-2019-9153: a signature that is good over nothing (standalone, timestamp) put in place of one over the text.
test.each([
  ['standalone', enums.signature.standalone],
  ['timestamp', enums.signature.timestamp],
])('a %s signature by the trusted key does not sign a text', async (_, type) => {
  const team = await makeKey();
  const packet = await signNothing(team.privateKey, type);
  const base64 = Buffer.from(packet).toString('base64');
  const provenance = (await clearsign(signedTextFor(), team)).replace(
    /(BEGIN PGP SIGNATURE-----\n\n)[^-]+/,
    `$1${base64}\n`,
  );
  const result = await verify(provenance, [trust('team', await keyringOf(team))]);
  expect(outcomeOf(result)).toEqual({ state: 'failed', codes: ['pgp.signature_type'] });
  expect(result.signedText).toBeUndefined();
});

async function signNothing(key: PrivateKey, type: enums.signature): Promise<Uint8Array> {
  const packet = Object.assign(new SignaturePacket(), {
    signatureType: type,
    publicKeyAlgorithm: key.keyPacket.algorithm,
    hashAlgorithm: enums.hash.sha512,
  });
  const date = new Date('2026-02-01T00:00:00Z');
  const config = { nonDeterministicSignaturesViaNotation: false };
  const sign = packet.sign as unknown as (...of: unknown[]) => Promise<void>;
  await sign.call(packet, key.keyPacket, {}, date, false, config);
  const body = packet.write();
  return Uint8Array.of(0xc2, 0xff, 0, 0, body.length >> 8, body.length & 0xff, ...body);
}
