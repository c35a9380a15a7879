import { SignaturePacket } from 'openpgp';
import { ChartsealError } from '../base/error.ts';
import { type RawPacket, splitPackets, TAG } from '../base/openpgp/split-packets.ts';
import { clean } from '../base/text.ts';

/** More signatures than this in one block are refused: each may cost a verification. */
const MAX_SIGNATURES = 16;

/** One signature packet: readable, or why it is not supported. */
export type ReadSignature = { packet: SignaturePacket; body: Uint8Array } | { unsupported: string };

/**
 * Reads the packets of a clear-signed block's signature. Packets of a version or algorithm that is not known are kept
 * as such, as another signature beside them may be good (RFC 9580, section 5.2).
 * @throws ChartsealError pgp.malformed, pgp.no_signature, evidence.limit
 */
export function readSignatures(bytes: Uint8Array): ReadSignature[] {
  const signatures: ReadSignature[] = [];
  for (const { tag, body } of split(bytes)) {
    if (tag === TAG.marker || tag === TAG.trust || tag === TAG.padding || tag >= 40) continue;
    if (tag !== TAG.signature) {
      throw new ChartsealError('pgp.malformed', `the signature holds an OpenPGP packet of type ${tag}`);
    }
    signatures.push(readSignature(body));
  }
  if (signatures.length === 0) {
    throw new ChartsealError('pgp.no_signature', 'the signed block carries no signature');
  }
  if (signatures.length > MAX_SIGNATURES) {
    throw new ChartsealError(
      'evidence.limit',
      `the block has ${signatures.length} signatures, more than the ${MAX_SIGNATURES} allowed`,
    );
  }
  return signatures;
}

function split(bytes: Uint8Array): RawPacket[] {
  try {
    return splitPackets(bytes);
  } catch {
    throw new ChartsealError('pgp.malformed', 'the signature is no sequence of whole OpenPGP packets');
  }
}

function readSignature(body: Uint8Array): ReadSignature {
  const version = body[0];
  // openpgp.js reads version 6 too, but no Helm before 3.21.4 does; nobody signs charts with it.
  if (version !== 4) return { unsupported: `signature version ${version ?? 'none'}` };
  const packet = new SignaturePacket();
  try {
    packet.read(body);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    // The class is not exported.
    if (error instanceof Error && error.name === 'UnsupportedError') return { unsupported: clean(why) };
    throw new ChartsealError('pgp.malformed', `a signature packet is malformed: ${clean(why)}`);
  }
  // A subpacket of the time that is longer than the four octets of RFC 9580 (5.2.3.11) gives a date that is none.
  if (!(packet.created instanceof Date) || Number.isNaN(packet.created.getTime())) {
    throw new ChartsealError('pgp.malformed', 'a signature packet does not say when it was made');
  }
  return { packet, body };
}
