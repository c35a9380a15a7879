/** A tar header that Go's archive/tar refuses. */
export class TarError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TarError';
  }
}

/** What one 512-byte header block says, before extended headers are applied. Names are bytes: not all are UTF-8. */
interface TarHeader {
  name: Uint8Array;
  /** The type flag as a character; '\0' is an old regular file. */
  type: string;
  size: number;
  mode: number;
}

/**
 * Reads a header block as Go's archive/tar does (reader.go:readHeader, format.go:getFormat, strconv.go), which is what
 * Helm reads charts with.
 * @param block exactly 512 bytes, not all zero
 * @throws TarError
 */
export function readTarHeader(block: Uint8Array): TarHeader {
  checkSum(block);
  const magic = latin(block, 257, 265);
  const size = numeric(block, 124, 136, 'size');
  const mode = numeric(block, 100, 108, 'mode');
  for (const [from, to] of [
    [108, 116],
    [116, 124],
    [136, 148],
  ] as const)
    numeric(block, from, to, 'number');
  let name = cString(block, 0, 100);
  let prefix = new Uint8Array();
  if (magic.startsWith('ustar\0')) {
    numeric(block, 329, 337, 'device');
    numeric(block, 337, 345, 'device');
    prefix = cString(block, 345, latin(block, 508, 512) === 'tar\0' ? 476 : 500);
  } else if (magic === 'ustar  \0') {
    // Old versions of Go wrote a USTAR prefix into GNU headers (golang.org/issue/12594); Go still reads it.
    const times = [345, 357].filter((at) => block[at] !== 0);
    if (times.some((at) => !isNumeric(block, at, at + 12))) {
      const odd = cString(block, 345, 500);
      if (odd.every((byte) => byte < 0x80)) prefix = odd;
    }
  }
  if (prefix.length > 0) {
    const joined = new Uint8Array(prefix.length + 1 + name.length);
    joined.set(prefix);
    joined[prefix.length] = 0x2f;
    joined.set(name, prefix.length + 1);
    name = joined;
  }
  return { name, type: String.fromCharCode(block[156]!), size, mode };
}

function checkSum(block: Uint8Array): void {
  let unsigned = 0;
  let signed = 0;
  for (let i = 0; i < 512; i++) {
    const byte = i >= 148 && i < 156 ? 0x20 : block[i]!;
    unsigned += byte;
    signed += byte < 128 ? byte : byte - 256;
  }
  const stated = octal(latin(block, 148, 156));
  if (stated === undefined || (stated !== unsigned && stated !== signed)) {
    throw new TarError('archive/tar: invalid tar header (checksum)');
  }
}

function numeric(block: Uint8Array, from: number, to: number, what: string): number {
  const value = parseNumeric(block, from, to);
  if (value === undefined) throw new TarError(`archive/tar: invalid tar header (${what})`);
  return value;
}

function isNumeric(block: Uint8Array, from: number, to: number): boolean {
  return parseNumeric(block, from, to) !== undefined;
}

/** Octal text, or base 256 when the first bit is set. Numbers beyond 2^53 are of no use here and refused too. */
function parseNumeric(block: Uint8Array, from: number, to: number): number | undefined {
  const first = block[from]!;
  if ((first & 0x80) === 0) return octal(latin(block, from, to));
  const negative = (first & 0x40) !== 0;
  let value = BigInt(negative ? first | ~0xff : first & 0x7f);
  for (let i = from + 1; i < to; i++) value = value * 256n + BigInt(block[i]!);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

function octal(text: string): number | undefined {
  const trimmed = text.replace(/^[ \0]+|[ \0]+$/g, '');
  // Go takes what stands before a NUL.
  const digits = trimmed.split('\0')[0]!;
  if (digits === '') return 0;
  return /^[0-7]{1,17}$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

function cString(block: Uint8Array, from: number, to: number): Uint8Array<ArrayBuffer> {
  const field = block.slice(from, to);
  const end = field.indexOf(0);
  return end === -1 ? field : field.slice(0, end);
}

function latin(block: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...block.subarray(from, to));
}
