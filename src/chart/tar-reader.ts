import { readTarHeader, TarError } from './tar-header.ts';
import { type PaxRecords, readPax } from './tar-pax.ts';

/** An entry as Go's archive/tar gives it. */
export interface TarEntry {
  /** The name's bytes, extended headers applied. */
  name: Uint8Array;
  /** Type flag; '0' for a regular file, '5' for a directory, 'g' for a global extended header. */
  type: string;
  /** Bytes of content that follow; 0 for types that have none. */
  size: number;
  mode: number;
  sparse: boolean;
}

/** What the owner of a reader does with what it finds. */
export interface TarListener {
  /** A new entry. Answers whether its content is wanted; it may throw to end the reading. */
  entry(entry: TarEntry): boolean;
  /** The whole content of a wanted entry. */
  content(entry: TarEntry, bytes: Uint8Array): void;
}

const BLOCK = 512;
/** Go's maxSpecialFileSize: extended headers and long names. */
const MAX_META = 1024 * 1024;
/** Types without content whatever their size says (archive/tar:format.go isHeaderOnlyType). */
const HEADER_ONLY = new Set(['1', '2', '3', '4', '5', '6']);

/**
 * Reads tar from pushed chunks by the rules of Go's archive/tar (reader.go:next), which decide what Helm sees. It
 * keeps one block, one extended header and one wanted file in memory. Its life is that of one archive.
 */
export class TarReader {
  readonly #listener: TarListener;
  readonly #block = new Uint8Array(BLOCK);
  #filled = 0;
  #left = 0; // bytes of content still to come
  #padding = 0;
  #keep: { bytes: Uint8Array; at: number; done: (bytes: Uint8Array) => void } | undefined;
  #pax: PaxRecords | undefined;
  #longName: Uint8Array | undefined;
  #zeros = 0;
  /** The end marker was read. */
  ended = false;
  /** Bytes other than zero were found after the end marker. */
  trailing = false;

  constructor(listener: TarListener) {
    this.#listener = listener;
  }

  /** @throws TarError when Go would refuse the archive; what the listener throws. */
  write(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.ended) {
        this.trailing ||= chunk.subarray(at).some((byte) => byte !== 0);
        return;
      }
      if (this.#left > 0) {
        const part = chunk.subarray(at, at + this.#left);
        if (this.#keep !== undefined) {
          this.#keep.bytes.set(part, this.#keep.at);
          this.#keep.at += part.length;
        }
        this.#left -= part.length;
        at += part.length;
        if (this.#left === 0) this.#finish();
      } else if (this.#padding > 0) {
        const skipped = Math.min(this.#padding, chunk.length - at);
        this.#padding -= skipped;
        at += skipped;
      } else {
        const part = chunk.subarray(at, at + BLOCK - this.#filled);
        this.#block.set(part, this.#filled);
        this.#filled += part.length;
        at += part.length;
        if (this.#filled === BLOCK) {
          this.#filled = 0;
          this.#header();
        }
      }
    }
  }

  /**
   * Says that no more bytes come.
   * @throws TarError when they end within an entry. Without an end marker alone Go is content (`ended` is false then).
   */
  end(): void {
    if (this.#left > 0 || this.#filled > 0) throw new TarError('unexpected EOF');
  }

  #header(): void {
    if (this.#block.every((byte) => byte === 0)) {
      this.#zeros++;
      this.ended = this.#zeros === 2;
      return;
    }
    if (this.#zeros > 0) throw new TarError('archive/tar: invalid tar header (after a block of zeros)');
    const header = readTarHeader(this.#block);
    const type = header.type;
    if (type === 'x' || type === 'g' || type === 'L' || type === 'K') {
      this.#meta(header.size, type, header);
      return;
    }
    const pax = this.#pax;
    const path = pax?.get('path');
    const size = pax?.get('size');
    const entry: TarEntry = {
      name: this.#longName ?? (path !== undefined && path.length > 0 ? path : header.name),
      type,
      size: size !== undefined && size.length > 0 ? Number(new TextDecoder().decode(size)) : header.size,
      mode: header.mode,
      sparse: type === 'S' || [...(pax?.keys() ?? [])].some((key) => key.startsWith('GNU.sparse.')),
    };
    this.#pax = undefined;
    this.#longName = undefined;
    if (type === '\0') entry.type = entry.name.at(-1) === 0x2f ? '5' : '0';
    if (HEADER_ONLY.has(entry.type)) entry.size = 0;
    if (entry.size < 0 || header.size < 0)
      throw new TarError('archive/tar: invalid tar header (negative size)');
    const wanted = this.#listener.entry(entry);
    this.#body(entry.size, wanted ? (bytes) => this.#listener.content(entry, bytes) : undefined);
  }

  #meta(size: number, type: string, header: { name: Uint8Array; mode: number }): void {
    if (size < 0) throw new TarError('archive/tar: invalid tar header (negative size)');
    if (size > MAX_META) throw new TarError('archive/tar: header field too long');
    this.#body(size, (bytes) => {
      if (type === 'x') {
        this.#pax = readPax(bytes);
      } else if (type === 'g') {
        // Go returns it as an entry of its own, so headers that wait for the next file are forgotten.
        readPax(bytes);
        this.#pax = undefined;
        this.#longName = undefined;
        this.#listener.entry({ name: header.name, type, size: 0, mode: 0, sparse: false });
      } else if (type === 'L') {
        const end = bytes.indexOf(0);
        this.#longName = end === -1 ? bytes : bytes.slice(0, end);
        if (this.#longName.length === 0) this.#longName = undefined;
      }
    });
  }

  #body(size: number, done: ((bytes: Uint8Array) => void) | undefined): void {
    this.#left = size;
    this.#padding = (BLOCK - (size % BLOCK)) % BLOCK;
    this.#keep = done === undefined ? undefined : { bytes: new Uint8Array(size), at: 0, done };
    if (size === 0) this.#finish();
  }

  #finish(): void {
    const keep = this.#keep;
    this.#keep = undefined;
    keep?.done(keep.bytes);
  }
}
