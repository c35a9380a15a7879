import { ChartsealError } from '../base/error.ts';
import { decodeArmor } from '../base/openpgp/decode-armor.ts';
import { trimBlanks } from '../base/openpgp/trim-blanks.ts';
import { clean } from '../base/text.ts';

/** Largest provenance file that is read, in bytes. Real ones have a few KiB. */
const MAX_PROVENANCE_BYTES = 1024 * 1024;

/** A clear-signed message, taken apart and not verified. */
export interface Clearsigned {
  /** Hash algorithms (OpenPGP ids) of the Hash headers; undefined without such a header. */
  hashes: number[] | undefined;
  /** The text that is signed, lines ended by LF, without the line end before the signature. */
  text: string;
  /** The same as the signature covers it: lines ended by CRLF, without trailing blanks. */
  signed: Uint8Array;
  /** The signature packets, dearmored. */
  packets: Uint8Array;
}

const BEGIN = '-----BEGIN PGP SIGNED MESSAGE-----';
const SIGNATURE = '-----BEGIN PGP SIGNATURE-----';
const END = '-----END PGP SIGNATURE-----';
const HASHES: Record<string, number> = {
  MD5: 1,
  SHA1: 2,
  RIPEMD160: 3,
  SHA256: 8,
  SHA384: 9,
  SHA512: 10,
  SHA224: 11,
  'SHA3-256': 12,
  'SHA3-512': 14,
};

/**
 * Reads a provenance file as one clear-signed message (RFC 9580, section 7) and nothing else. Readers that skip text
 * before and after the block, as Helm's do, let unsigned text pass for signed; here it is refused.
 * Lines may end in LF or CRLF, blanks at their end do not count, the final line end and the checksum may be missing.
 * @throws ChartsealError pgp.malformed, pgp.header, pgp.text_outside_block, pgp.multiple_blocks, evidence.limit
 */
export function readClearsigned(bytes: Uint8Array, maxBytes: number = MAX_PROVENANCE_BYTES): Clearsigned {
  if (bytes.length > maxBytes) {
    throw new ChartsealError(
      'evidence.limit',
      `the provenance has ${bytes.length} bytes, more than the ${maxBytes} allowed`,
    );
  }
  const lines = splitLines(decode(bytes));
  checkBeginning(lines);
  let at = 1;
  const hashes: number[] = [];
  for (; ; at++) {
    const line = lines[at];
    if (line === undefined || line.startsWith('-----')) {
      throw malformed('the empty line after the headers is missing');
    }
    if (line === '') break;
    hashes.push(...readHashHeader(line));
  }
  const start = ++at;
  for (; lines[at] !== SIGNATURE; at++) {
    const line = lines[at];
    if (line === undefined) throw malformed('the signature is missing');
    if (line === BEGIN) throw multiple();
    if (/^-----[^-]+-----$/.test(line)) throw malformed(`"${clean(line)}" stands in the signed text`);
  }
  const text = lines.slice(start, at).map((line) => (line.startsWith('- ') ? line.slice(2) : line));
  const packets = readSignatureArmor(lines, at + 1);
  return {
    hashes: hashes.length > 0 ? hashes : undefined,
    text: text.join('\n'),
    signed: new TextEncoder().encode(text.join('\r\n')),
    packets,
  };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed('it is not UTF-8 text');
  }
}

function splitLines(text: string): string[] {
  return text.split('\n').map((raw) => {
    const line = trimBlanks(raw.endsWith('\r') ? raw.slice(0, -1) : raw);
    // openpgp.js drops every CR at the end of a line, Go's libraries one; YAML breaks lines at any of them.
    if (line.includes('\r')) throw malformed('a line holds a carriage return that does not end it');
    return line;
  });
}

function checkBeginning(lines: string[]): void {
  const first = lines[0] ?? '';
  if (first === BEGIN) return;
  if (first === `\ufeff${BEGIN}`) {
    throw outside('a byte order mark stands before the signed block');
  }
  if (lines.includes(BEGIN)) throw outside('text stands before the signed block');
  if (first.startsWith('-----BEGIN PGP MESSAGE-----')) {
    throw malformed('it is an inline-signed OpenPGP message, not a clear-signed text');
  }
  throw malformed(`it does not begin with "${BEGIN}"`);
}

function readHashHeader(line: string): number[] {
  const value = /^Hash: ([\x20-\x7e]+)$/.exec(line)?.[1];
  if (value === undefined) throw header(line);
  return value.split(',').map((name) => {
    const id = HASHES[name.trim().toUpperCase()];
    if (id === undefined) throw header(line);
    return id;
  });
}

function readSignatureArmor(lines: string[], start: number): Uint8Array {
  let at = start;
  for (; lines[at] !== ''; at++) {
    // Version and Comment are common; they are not signed and never shown.
    if (!/^[A-Za-z][A-Za-z0-9-]*:( |$)/.test(lines[at] ?? '')) {
      throw malformed('the armor of the signature has no empty line before its content');
    }
  }
  const from = at;
  while (lines[at] !== END) {
    if (lines[at] === undefined) throw malformed('the end of the signature is missing');
    at++;
  }
  const packets = decodeArmor(lines.slice(from, at));
  if (packets === undefined) throw malformed('the signature is not base64');
  const rest = lines.slice(at + 1).filter((line) => line !== '');
  if (rest.some((line) => line.includes(BEGIN))) throw multiple();
  if (rest.length > 0) throw outside('text stands after the signed block');
  return packets;
}

function malformed(what: string): ChartsealError {
  return new ChartsealError('pgp.malformed', `the provenance cannot be read: ${what}`);
}

function outside(what: string): ChartsealError {
  return new ChartsealError('pgp.text_outside_block', `${what} and is not signed`);
}

function multiple(): ChartsealError {
  return new ChartsealError('pgp.multiple_blocks', 'the provenance holds more than one signed block');
}

function header(line: string): ChartsealError {
  return new ChartsealError('pgp.header', `the signed block has the header "${clean(line, 60)}"`);
}
