import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { splitPackets, TAG } from '../../base/openpgp/split-packets.ts';

/**
 * Fingerprints of the primary keys in a sequence of OpenPGP packets (RFC 9580, section 5.5.4), upper-case hex. Keys of
 * other versions than 4 and 6 have none.
 * @throws RangeError when the bytes are no packets
 */
export function pgpFingerprints(bytes: Uint8Array): string[] {
  return splitPackets(bytes)
    .filter(({ tag }) => tag === TAG.publicKey)
    .flatMap(({ body }) => fingerprintOf(body) ?? []);
}

function fingerprintOf(body: Uint8Array): string | undefined {
  const head = Buffer.alloc(body[0] === 6 ? 5 : 3);
  if (body[0] === 6) {
    head.writeUInt8(0x9b, 0);
    head.writeUInt32BE(body.length, 1);
    return createHash('sha256').update(head).update(body).digest('hex').toUpperCase();
  }
  if (body[0] !== 4 || body.length > 0xffff) return undefined;
  head.writeUInt8(0x99, 0);
  head.writeUInt16BE(body.length, 1);
  return createHash('sha1').update(head).update(body).digest('hex').toUpperCase();
}
