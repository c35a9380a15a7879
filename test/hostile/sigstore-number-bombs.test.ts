import { describe, expect, test } from 'vitest';
import { parseDer } from '../../src/sigstore/parse-der.ts';
import { DIGEST, keylessTrust, verify } from '../sigstore/support.ts';
import { bits, explicit, integer, nothing, octets, oid, sequence, tagged } from '../support/sigstore/der.ts';
import { createFakeSigstore } from '../support/sigstore/index.ts';

// The library reads integers and object identifiers in a time that grows with the square of their size: a bundle with
// eleven timestamps whose status has 64 KiB kept it busy for fifteen seconds, before any of them was verified.
const sigstore = createFakeSigstore();
const LONG = Buffer.alloc(65_000, 0xff);

describe('numbers and identifiers that are too long are not read', () => {
  test('the status of a timestamp', async () => {
    const bundle = sigstore.signKeyless({ digest: DIGEST, rekor: 'v1' });
    bundle.json.verificationMaterial.timestampVerificationData.rfc3161Timestamps = Array.from(
      { length: 11 },
      (_, i) => ({
        signedTimestamp: sequence(sequence(tagged(0x02, Buffer.alloc(65_000, 0x55 + i)))).toString('base64'),
      }),
    );
    const { outcomes } = await verify(bundle, await keylessTrust(sigstore));
    expect(outcomes[0]?.state).toBe('failed');
    expect(outcomes[0]?.reasons.map(({ message }) => message)).toEqual(
      Array(11).fill(
        'the timestamp does not hold: it cannot be read (a number or identifier in it is too long)',
      ),
    );
  });

  test('the name of a certificate extension', async () => {
    const bundle = sigstore.signKeyless({ digest: DIGEST });
    const extension = sequence(tagged(0x06, Buffer.from([0x2a]), LONG), octets(Buffer.alloc(1)));
    bundle.json.verificationMaterial.certificate.rawBytes = sequence(
      sequence(explicit(3, sequence(extension))),
    ).toString('base64');
    const { outcomes } = await verify(bundle, await keylessTrust(sigstore));
    expect(outcomes[0]?.reasons.map(({ message }) => message).join()).toContain('too long');
  });

  test('the exponent of a key', async () => {
    const bundle = sigstore.signKeyless({ digest: DIGEST });
    const modulus = Buffer.alloc(256, 0xa7);
    const rsa = sequence(oid('1.2.840.113549.1.1.1'), nothing());
    const publicKey = sequence(rsa, bits(sequence(integer(modulus), integer(Buffer.alloc(60_000, 0x77)))));
    bundle.json.verificationMaterial.certificate.rawBytes = sigstore
      .issue({ publicKey })
      .der.toString('base64');
    const { outcomes } = await verify(bundle, await keylessTrust(sigstore));
    expect(outcomes[0]?.reasons.map(({ message }) => message).join()).toContain('its key is too large');
  });

  test('anywhere', () => {
    expect(() => parseDer(tagged(0x02, LONG)).toInteger()).toThrow('too long');
    expect(() => parseDer(tagged(0x06, LONG)).toOID()).toThrow('too long');
    expect(parseDer(tagged(0x02, Buffer.alloc(20, 1))).toInteger()).toBe(BigInt(`0x${'01'.repeat(20)}`));
    expect(parseDer(oid('1.3.6.1.4.1.57264.1.8')).toOID()).toBe('1.3.6.1.4.1.57264.1.8');
  });
});
