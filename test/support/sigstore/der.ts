// Just enough DER to write certificates and timestamps, good ones and ones to be refused.

function length(size: number): Buffer {
  if (size < 128) return Buffer.from([size]);
  const bytes: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

/** Any element by its tag byte. */
export function tagged(tag: number, ...content: Uint8Array[]): Buffer {
  const value = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), length(value.length), value]);
}

export const sequence = (...content: Uint8Array[]): Buffer => tagged(0x30, ...content);
export const set = (...content: Uint8Array[]): Buffer => tagged(0x31, ...content);
export const octets = (content: Uint8Array): Buffer => tagged(0x04, content);
export const bits = (content: Uint8Array, unused = 0): Buffer => tagged(0x03, Buffer.from([unused]), content);
export const boolean = (value: boolean): Buffer => tagged(0x01, Buffer.from([value ? 0xff : 0]));
export const utf8 = (text: string): Buffer => tagged(0x0c, Buffer.from(text));
export const nothing = (): Buffer => tagged(0x05);
/** [number], constructed. */
export const explicit = (number: number, ...content: Uint8Array[]): Buffer =>
  tagged(0xa0 | number, ...content);
/** [number], primitive. */
export const implicit = (number: number, content: Uint8Array): Buffer => tagged(0x80 | number, content);

/** A non-negative integer, from a number or its big-endian bytes. */
export function integer(value: number | Uint8Array): Buffer {
  let bytes =
    typeof value === 'number' ? Buffer.from(value.toString(16).padStart(8, '0'), 'hex') : Buffer.from(value);
  while (bytes.length > 1 && bytes[0] === 0 && bytes[1]! < 0x80) bytes = bytes.subarray(1);
  return tagged(0x02, bytes[0]! >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

export function oid(text: string): Buffer {
  const [first, second, ...rest] = text.split('.').map(Number);
  const bytes = [first! * 40 + second!];
  for (const arc of rest) {
    const groups = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      groups.unshift((left % 128) | 0x80);
    }
    bytes.push(...groups);
  }
  return tagged(0x06, Buffer.from(bytes));
}

const digits = (at: number) => new Date(at).toISOString().replace(/[-:T]|\.\d+/g, '');

/** Milliseconds since the epoch. */
export const utcTime = (at: number): Buffer => tagged(0x17, Buffer.from(digits(at).slice(2)));
export const generalizedTime = (at: number): Buffer => tagged(0x18, Buffer.from(digits(at)));
