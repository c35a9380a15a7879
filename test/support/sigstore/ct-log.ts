import { createHash, sign } from 'node:crypto';
import { createFakeKey, type FakeKey } from './keys.ts';

/** A certificate transparency log. */
export interface FakeCtLog {
  key: FakeKey;
  /** A signed certificate timestamp, as bytes (RFC 6962 section 3.2). @param at milliseconds since the epoch */
  log(precertificate: Buffer, issuerKeyHash: Buffer, at: number): Buffer;
  /** Its entry in a trusted root. */
  inRoot(start: number): object;
}

export function createCtLog(key: FakeKey = createFakeKey()): FakeCtLog {
  const id = createHash('sha256').update(key.spki).digest();
  return {
    key,
    log(precertificate, issuerKeyHash, at) {
      const time = Buffer.alloc(8);
      time.writeBigUInt64BE(BigInt(at));
      const size = Buffer.alloc(4);
      size.writeUInt32BE(precertificate.length);
      const noExtensions = Buffer.from([0, 0]);
      const signed = Buffer.concat([
        Buffer.from([0, 0]), // version 1, certificate_timestamp
        time,
        Buffer.from([0, 1]), // precert_entry
        issuerKeyHash,
        size.subarray(1),
        precertificate,
        noExtensions,
      ]);
      const signature = sign('sha256', signed, key.privateKey);
      return Buffer.concat([
        Buffer.from([0]),
        id,
        time,
        noExtensions,
        Buffer.from([4, 3, signature.length >> 8, signature.length & 0xff]), // SHA-256, ECDSA
        signature,
      ]);
    },
    inRoot: (start) => ({
      baseUrl: 'https://ctlog.fake.example',
      hashAlgorithm: 'SHA2_256',
      publicKey: {
        rawBytes: key.spki.toString('base64'),
        keyDetails: 'PKIX_ECDSA_P256_SHA_256',
        validFor: { start: new Date(start).toISOString() },
      },
      logId: { keyId: id.toString('base64') },
    }),
  };
}
