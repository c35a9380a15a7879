import { crc24 } from '../base/openpgp/crc24.ts';
import { bytesToLatin1, latin1ToBytes } from '../base/openpgp/latin1.ts';
import { trimBlanks } from '../base/openpgp/trim-blanks.ts';
import { type Engine, type GoError, other, structural } from './helm-packets.ts';

/** What `clearsign.Decode` of an engine finds. Unlike chartseal, it passes over text before and after the block. */
export interface HelmBlock {
  /** What the signature covers. */
  signed: Uint8Array;
  /** What Helm reads afterwards. x/crypto keeps the last line end. */
  plaintext: string;
  /** The bytes of the armor, up to an error in it. */
  packets: Uint8Array;
  /** What reading on after these bytes gives; undefined for the end. */
  after: GoError | undefined;
}

const BEGIN = '-----BEGIN PGP SIGNED MESSAGE-----';
const SIGNATURE = '-----BEGIN PGP SIGNATURE-----';
const END = '\n-----END PGP SIGNATURE-----';
const GO_CRYPTO_HASHES = new Set([
  'MD5',
  'SHA1',
  'RIPEMD160',
  'SHA224',
  'SHA256',
  'SHA384',
  'SHA512',
  'SHA3-256',
  'SHA3-512',
]);

/** `clearsign.Decode` of both libraries (openpgp/clearsign/clearsign.go); undefined when it finds no block. */
export function decodeAsHelm(bytes: Uint8Array, engine: Engine): HelmBlock | undefined {
  // Go works on bytes.
  const data = bytesToLatin1(bytes);
  const start = data.startsWith(BEGIN) ? 0 : data.indexOf(`\n${BEGIN}`) + 1;
  if (start === 0 && !data.startsWith(BEGIN)) return undefined;
  const lines = new Lines(data.slice(start + BEGIN.length));
  if (lines.next() !== '') return undefined;
  if (!readHeaders(lines, engine)) return undefined;
  const body = readBody(lines);
  if (body === undefined) return undefined;
  const end = lines.rest.indexOf(END);
  if (end === -1) return undefined;
  const armored = readArmor(lines.rest.slice(0, end + END.length), engine);
  if (armored === undefined) return undefined;
  const text = body.join('\n') + (engine === 'x/crypto' ? '\n' : '');
  return {
    signed: latin1ToBytes(body.join('\r\n')),
    plaintext: new TextDecoder('utf-8', { ignoreBOM: true }).decode(latin1ToBytes(text)),
    ...armored,
  };
}

class Lines {
  rest: string;

  constructor(text: string) {
    this.rest = text;
  }

  /** The next line without its LF or CRLF. */
  next(): string {
    const end = this.rest.indexOf('\n');
    const line = end === -1 ? this.rest : this.rest.slice(0, end);
    this.rest = end === -1 ? '' : this.rest.slice(end + 1);
    return end > 0 && line.endsWith('\r') ? line.slice(0, -1) : line;
  }
}

function readHeaders(lines: Lines, engine: Engine): boolean {
  while (lines.rest !== '') {
    const line = lines.next();
    if ((engine === 'x/crypto' ? line : line.trim()) === '') return true;
    const colon = line.indexOf(':');
    if (/[^\x20-\x7e]/.test(line) || colon === -1 || line.slice(0, colon).trim() !== 'Hash') return false;
    const names = line.slice(colon + 1).split(',');
    if (engine === 'go-crypto' && names.some((name) => !GO_CRYPTO_HASHES.has(name.trim().toUpperCase()))) {
      return false;
    }
  }
  return false;
}

function readBody(lines: Lines): string[] | undefined {
  const body: string[] = [];
  while (true) {
    const before = lines.rest;
    const line = lines.next();
    if (line === '' && lines.rest === '') return undefined;
    if (line === SIGNATURE) {
      lines.rest = before;
      return body;
    }
    body.push(trimBlanks(line.startsWith('- ') ? line.slice(2) : line));
  }
}

function readArmor(text: string, engine: Engine): Pick<HelmBlock, 'packets' | 'after'> | undefined {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  let at = 1;
  for (; lines[at]?.trim() !== ''; at++) {
    const line = lines[at];
    // A line that is no header sends Go looking for another block, of which there is none.
    if (line === undefined || !line.includes(engine === 'x/crypto' ? ': ' : ':')) return undefined;
  }
  const content: string[] = [];
  let checksum: string | undefined;
  let after: GoError | undefined;
  for (const raw of lines.slice(at + 1)) {
    const line = engine === 'x/crypto' ? raw : raw.trim();
    if (line.startsWith('-----END ')) break;
    if (checksum !== undefined) {
      after = structural('armor invalid');
      break;
    }
    if (/^=.{4}$/.test(line)) {
      checksum = line.slice(1);
      if (engine === 'go-crypto') break;
    } else if (line.length > 96) {
      after = structural('armor invalid');
      break;
    } else content.push(line);
  }
  const { packets, error } = decodeBase64(content);
  if (engine === 'x/crypto' && checksum !== undefined && checksum !== crc24(packets)) {
    after ??= structural('armor invalid');
  }
  return { packets, after: error ?? after };
}

function decodeBase64(lines: string[]): { packets: Uint8Array; error?: GoError } {
  const text = lines.join('');
  const valid = /^[A-Za-z0-9+/]*={0,2}/.exec(text)?.[0] ?? '';
  if (valid.length === text.length && text.length % 4 === 0) return { packets: latin1ToBytes(atob(text)) };
  const packets = latin1ToBytes(atob(valid.slice(0, valid.length - (valid.length % 4))));
  if (valid.length === text.length) return { packets, error: other('unexpected EOF') };
  // Go counts from the line it has just read.
  let start = 0;
  for (const line of lines) {
    if (start + line.length > valid.length) break;
    start += line.length;
  }
  return { packets, error: other(`illegal base64 data at input byte ${valid.length - start}`) };
}
