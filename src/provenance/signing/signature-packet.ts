import { concatBytes } from '../../base/concat-bytes.ts';

/** Writes OpenPGP packets of version 4 by hand: the signature value comes from outside, and openpgp.js only makes its own. */

/** A subpacket of a signature (RFC 9580, section 5.2.3.7). */
export interface Subpacket {
  type: number;
  critical?: boolean;
  body: Uint8Array;
}

/** What a signature says, without the value. */
interface SignatureHead {
  /** RFC 9580, section 5.2.1. */
  type: number;
  /** Public-key algorithm of the signing part. */
  algorithm: number;
  /** Milliseconds since the epoch; whole seconds are kept. */
  at: number;
  /** Lower- or upper-case hex, of the signing part. */
  fingerprint: string;
  /** Beside creation time and issuer. */
  subpackets?: Subpacket[];
}

const SHA512 = 10;

/**
 * The first part of a signature packet, up to the hashed subpackets: creation time, issuer's key id, what else was
 * asked for, issuer's fingerprint. Without the random notation that Helm from 3.21.4 on adds: an RSA signature of the
 * same text in the same second is the same.
 */
export function writeHead(head: SignatureHead): Uint8Array {
  const fingerprint = hexToBytes(head.fingerprint);
  const subpackets: Subpacket[] = [
    { type: 2, critical: true, body: uint32(Math.floor(head.at / 1000)) },
    { type: 16, body: fingerprint.subarray(12) },
    ...(head.subpackets ?? []),
    { type: 33, body: concatBytes([Uint8Array.of(4), fingerprint]) },
  ];
  const hashed = concatBytes(subpackets.map(writeSubpacket));
  return concatBytes([Uint8Array.of(4, head.type, head.algorithm, SHA512), uint16(hashed.length), hashed]);
}

/** What is hashed for a signature over `data` (RFC 9580, section 5.2.4), as SHA-512. */
export async function digestFor(data: Uint8Array, head: Uint8Array): Promise<Uint8Array> {
  const whole = concatBytes([data, head, Uint8Array.of(4, 0xff), uint32(head.length)]);
  return new Uint8Array(await crypto.subtle.digest('SHA-512', whole));
}

/** The body of a signature packet with these numbers as its value. */
export function writeSignature(head: Uint8Array, digest: Uint8Array, value: Uint8Array[]): Uint8Array {
  return concatBytes([head, uint16(0), digest.subarray(0, 2), ...value.map(writeNumber)]);
}

/** A packet of a tag with a header of the current format (RFC 9580, section 4.2.1). */
export function framePacket(tag: number, body: Uint8Array): Uint8Array {
  const length =
    body.length < 192
      ? Uint8Array.of(body.length)
      : body.length < 8384
        ? Uint8Array.of(((body.length - 192) >> 8) + 192, (body.length - 192) & 0xff)
        : concatBytes([Uint8Array.of(0xff), uint32(body.length)]);
  return concatBytes([Uint8Array.of(0xc0 | tag), length, body]);
}

/** A multiprecision integer (RFC 9580, section 3.2) from big-endian bytes. */
export function writeNumber(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  if (start === -1) return uint16(0);
  const stripped = bytes.subarray(start);
  return concatBytes([uint16(stripped.length * 8 - Math.clz32(stripped[0]!) + 24), stripped]);
}

export function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

export function uint32(value: number): Uint8Array {
  return Uint8Array.of((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

function writeSubpacket({ type, critical, body }: Subpacket): Uint8Array {
  // None that is written here is longer than 191 bytes.
  return concatBytes([Uint8Array.of(body.length + 1, (critical ? 0x80 : 0) | type), body]);
}

function hexToBytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
