/** What a clear-signed text says and who says it, read anew here and not by the code under test. */
export interface SignedParts {
  /** The text as the signature covers it (RFC 9580, section 7.2): CRLF, without trailing blanks, dashes unescaped. */
  text: string;
  /** The body of each signature packet, of version 4. */
  signatures: Buffer[];
}

/**
 * Takes a provenance file apart as RFC 9580 says, as leniently as any reader might: it is to tell whether two files
 * mean the same, not whether one is good.
 */
export function signedParts(bytes: Uint8Array): SignedParts {
  const lines = Buffer.from(bytes)
    .toString('latin1')
    .split('\n')
    .map((line) => line.replace(/[ \t\r]+$/, ''));
  const begin = lines.indexOf('-----BEGIN PGP SIGNED MESSAGE-----');
  const start = lines.indexOf('', begin) + 1;
  const armor = lines.indexOf('-----BEGIN PGP SIGNATURE-----', start);
  const end = lines.indexOf('-----END PGP SIGNATURE-----', armor);
  const text = lines.slice(start, armor).map((line) => (line.startsWith('- ') ? line.slice(2) : line));
  const body = lines.slice(lines.indexOf('', armor) + 1, end).filter((line) => !/^=[^=]/.test(line));
  return { text: text.join('\r\n'), signatures: packets(Buffer.from(body.join(''), 'base64')) };
}

/** The bodies of the signature packets (tag 2). */
function packets(bytes: Buffer): Buffer[] {
  const bodies: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const first = bytes[at++] ?? 0;
    const isNew = (first & 0x40) !== 0;
    const tag = isNew ? first & 0x3f : (first >> 2) & 0x0f;
    let length: number;
    const [a = 0, b = 0] = [bytes[at], bytes[at + 1]];
    if (isNew && a < 192) [length, at] = [a, at + 1];
    else if (isNew && a < 224) [length, at] = [((a - 192) << 8) + b + 192, at + 2];
    else if (isNew) [length, at] = [bytes.readUInt32BE(at + 1), at + 5];
    else if ((first & 3) === 0) [length, at] = [a, at + 1];
    else if ((first & 3) === 1) [length, at] = [bytes.readUInt16BE(at), at + 2];
    else [length, at] = [bytes.readUInt32BE(at), at + 4];
    if (tag === 2) bodies.push(bytes.subarray(at, at + length));
    at += length;
  }
  return bodies;
}

/**
 * Is a packet the same signature as another, in all that it hashes and in the integers of the signature (RFC 9580,
 * section 5.2.3)? The subpackets between them, with their length, are not signed; a reader may pass over their end.
 */
export function isSameSignature(original: Buffer, other: Buffer): boolean {
  const hashed = 6 + original.readUInt16BE(4);
  const values = hashed + 2 + original.readUInt16BE(hashed) + 2;
  return (
    original.length === other.length &&
    original.subarray(0, hashed).equals(other.subarray(0, hashed)) &&
    integers(original.subarray(values)).join() === integers(other.subarray(values)).join()
  );
}

/** The lengths of these are in bits, and those of Helm 3 are often too great by the leading zeros. */
function integers(bytes: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const size = (bytes.readUInt16BE(at) + 7) >> 3;
    found.push(bytes.subarray(at + 2, at + 2 + size).toString('hex'));
    at += 2 + size;
  }
  return found;
}
