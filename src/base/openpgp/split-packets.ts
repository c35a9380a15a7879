/** An OpenPGP packet that was cut out and not read yet. `body` is a view into the bytes it was cut from. */
export interface RawPacket {
  tag: number;
  body: Uint8Array;
}

/** Packet tags (RFC 9580, section 5) that are told apart here. */
export const TAG = {
  signature: 2,
  secretKey: 5,
  publicKey: 6,
  secretSubkey: 7,
  marker: 10,
  trust: 12,
  userId: 13,
  publicSubkey: 14,
  userAttribute: 17,
  padding: 21,
} as const;

/**
 * Cuts bytes into OpenPGP packets (RFC 9580, section 4.2; old and new headers). Lengths must be definite: keys and
 * signatures never have others.
 * @throws RangeError when the bytes are no sequence of whole packets
 */
export function splitPackets(bytes: Uint8Array): RawPacket[] {
  const packets: RawPacket[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { packet, end } = nextPacket(bytes, at);
    packets.push(packet);
    at = end;
  }
  return packets;
}

/** The packet that begins at `at` and the offset after it. Throws RangeError as `splitPackets` does. */
export function nextPacket(bytes: Uint8Array, at: number): { packet: RawPacket; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = view.getUint8(at);
  if ((header & 0x80) === 0) throw new RangeError('not an OpenPGP packet');
  let tag = header & 0x3f;
  let start: number;
  let length: number;
  if ((header & 0x40) !== 0) {
    const first = view.getUint8(at + 1);
    if (first < 192) {
      [length, start] = [first, at + 2];
    } else if (first < 224) {
      [length, start] = [((first - 192) << 8) + view.getUint8(at + 2) + 192, at + 3];
    } else if (first === 255) {
      [length, start] = [view.getUint32(at + 2), at + 6];
    } else {
      throw new RangeError('packet of partial length');
    }
  } else {
    tag = (header & 0x3c) >> 2;
    const kind = header & 3;
    if (kind === 0) [length, start] = [view.getUint8(at + 1), at + 2];
    else if (kind === 1) [length, start] = [view.getUint16(at + 1), at + 3];
    else if (kind === 2) [length, start] = [view.getUint32(at + 1), at + 5];
    else throw new RangeError('packet of indeterminate length');
  }
  const end = start + length;
  if (end > bytes.length) throw new RangeError('packet cut short');
  return { packet: { tag, body: bytes.subarray(start, end) }, end };
}
