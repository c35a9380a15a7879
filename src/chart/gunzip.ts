import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib';

/** Data that is not gzip (RFC 1952), or not all of it. */
export class GzipError extends Error {
  readonly kind: 'invalid' | 'truncated';

  constructor(kind: 'invalid' | 'truncated', message: string) {
    super(message);
    this.name = 'GzipError';
    this.kind = kind;
  }
}

/** Compressed bytes inflated at a time: deflate makes at most about a thousand times as many of them. */
const SLICE = 4096;
/** Longest member header that is waited for; Go takes 64 KiB of extra field and 512 bytes of name and comment. */
const MAX_HEADER = 67_000;

/**
 * Inflates pushed gzip data member by member, as Go's compress/gzip does, and says whether anything else follows
 * them: runtimes' own decompressors differ in that (some throw, some are silent). At most 4 MiB of output wait at any
 * time. Its life is that of one archive.
 */
export class Gunzip {
  #state: 'header' | 'data' | 'trailer' | 'over' = 'header';
  #pending = new Uint8Array(); // of a header or trailer
  #inflate: InflateRaw | undefined;
  #output: Uint8Array[] = [];
  #error: Error | undefined;
  #failed: (() => void) | undefined;
  #crc = 0;
  #length = 0;
  #members = 0;
  /** Bytes that are no gzip member follow the last one. */
  trailing = false;

  /** @throws GzipError */
  async *push(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    let rest = bytes;
    while (rest.length > 0 && this.#state !== 'over') {
      if (this.#state === 'header') rest = this.#header(rest);
      else if (this.#state === 'trailer') rest = this.#trailer(rest);
      else {
        const slice = rest.subarray(0, SLICE);
        const taken = await this.#data(slice);
        rest = rest.subarray(taken);
        for (const part of this.#output.splice(0)) {
          this.#crc = crc32(part, this.#crc);
          this.#length = (this.#length + part.length) % 2 ** 32;
          yield part;
        }
        // Inflating leaves bytes alone only when they belong to what follows.
        if (taken < slice.length) {
          this.close();
          this.#state = 'trailer';
        }
      }
    }
  }

  /** Says that no more bytes come. @throws GzipError when they end within a member */
  end(): void {
    if (this.#state === 'over') return;
    if (this.#state === 'header' && this.#members > 0) this.trailing = this.#pending.length > 0;
    else throw new GzipError('truncated', 'the gzip data ends early');
  }

  /** Frees what a member that is not whole still holds. */
  close(): void {
    this.#inflate?.destroy();
    this.#inflate = undefined;
  }

  #header(bytes: Uint8Array): Uint8Array {
    const head = join(this.#pending, bytes.subarray(0, MAX_HEADER));
    const isMember = [0x1f, 0x8b, 8].every((byte, i) => i >= head.length || head[i] === byte);
    if (!isMember) {
      if (this.#members === 0) throw new GzipError('invalid', 'gzip: invalid header');
      this.trailing = true;
      this.#state = 'over';
      return new Uint8Array();
    }
    const length = headerLength(head);
    if (length === undefined) {
      if (head.length >= MAX_HEADER) throw new GzipError('invalid', 'gzip: invalid header');
      this.#pending = head;
      return new Uint8Array(); // all of it is kept: less than MAX_HEADER came
    }
    const used = length - this.#pending.length;
    this.#pending = new Uint8Array();
    this.#begin();
    return bytes.subarray(used);
  }

  #begin(): void {
    this.#state = 'data';
    this.#crc = 0;
    this.#length = 0;
    const inflate = createInflateRaw();
    inflate.on('data', (part: Uint8Array) => this.#output.push(part));
    inflate.on('error', (error) => {
      this.#error = error;
      this.#failed?.();
    });
    this.#inflate = inflate;
  }

  /** Inflates a slice and says how many bytes of it were taken. */
  async #data(slice: Uint8Array): Promise<number> {
    const inflate = this.#inflate!;
    const before = inflate.bytesWritten;
    await new Promise<void>((resolve) => {
      this.#failed = resolve;
      inflate.write(slice, () => resolve());
    });
    if (this.#error !== undefined) throw new GzipError('invalid', `gzip: ${this.#error.message}`);
    return inflate.bytesWritten - before;
  }

  #trailer(bytes: Uint8Array): Uint8Array {
    const missing = 8 - this.#pending.length;
    this.#pending = join(this.#pending, bytes.subarray(0, missing));
    if (this.#pending.length === 8) {
      const view = new DataView(this.#pending.buffer);
      if (view.getUint32(0, true) !== this.#crc || view.getUint32(4, true) !== this.#length) {
        throw new GzipError('invalid', 'gzip: invalid checksum');
      }
      this.#members++;
      this.#pending = new Uint8Array();
      this.#state = 'header';
    }
    return bytes.subarray(missing);
  }
}

/** Bytes of a member's header, or undefined when it is not whole. */
function headerLength(head: Uint8Array): number | undefined {
  if (head.length < 10) return undefined;
  const flags = head[3]!;
  let at = 10;
  if (flags & 4) {
    if (head.length < at + 2) return undefined;
    at += 2 + head[at]! + head[at + 1]! * 256;
  }
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue;
    const end = head.indexOf(0, at);
    if (end === -1) return undefined;
    at = end + 1;
  }
  if (flags & 2) at += 2;
  return at <= head.length ? at : undefined;
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
