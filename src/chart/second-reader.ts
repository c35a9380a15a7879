import { Buffer } from 'node:buffer';
import { Parser } from 'tar/parse';
import type { ReadEntry } from 'tar/read-entry';
import type { TarEntry } from './tar-reader.ts';

/** How the second reader names the types that charts have; all others differ anyway. */
const TYPES: Record<string, string> = {
  File: '0',
  OldFile: '0',
  Link: '1',
  SymbolicLink: '2',
  CharacterDevice: '3',
  BlockDevice: '4',
  Directory: '5',
  FIFO: '6',
  ContiguousFile: '7',
};

/**
 * Reads the same tar with another implementation (package tar) and compares: where two readers see different entries,
 * a chart can be one thing to Helm and another to a tool that unpacks it. Its life is that of one archive.
 */
export class SecondReader {
  readonly #parser: Parser;
  readonly #first: TarEntry[] = [];
  readonly #second: { name: string; type: string; size: number }[] = [];
  #head: Uint8Array[] = [];
  #headSize = 0;
  #entries = 0;
  /** The first difference, in words. */
  difference: string | undefined;

  constructor() {
    this.#parser = new Parser({
      maxDecompressionRatio: Number.POSITIVE_INFINITY,
      onwarn: (code, message) => {
        // Said of an archive without entries, on which both agree.
        if (this.#entries > 0 || code !== 'TAR_BAD_ARCHIVE') this.#differ(`${code}: ${String(message)}`);
      },
    });
    const add = (entry: ReadEntry): void => {
      this.#second.push({ name: entry.path, type: TYPES[entry.type] ?? entry.type, size: entry.size });
      entry.resume();
    };
    this.#parser.on('entry', add);
    this.#parser.on('ignoredEntry', add);
  }

  /** Tells what the first reader saw; to be called before the bytes after the entry's header are written. */
  expect(entry: TarEntry): void {
    this.#entries++;
    if (entry.type !== 'g' && this.difference === undefined) this.#first.push(entry);
  }

  write(chunk: Uint8Array): void {
    if (this.difference !== undefined) return;
    // The parser would unpack what begins like gzip, so it gets no bytes before the first reader took a whole header.
    this.#headSize += chunk.length;
    if (this.#head.length > 0 || this.#headSize < 512) {
      this.#head.push(chunk);
      if (this.#headSize < 512) return;
    }
    const bytes =
      this.#head.length > 0
        ? Buffer.concat(this.#head)
        : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    this.#head = [];
    this.#attempt(() => this.#parser.write(bytes));
    this.#compare();
  }

  end(): void {
    if (this.difference !== undefined) return;
    this.#attempt(() => this.#parser.end());
    this.#compare();
    const left = this.#first[0] ?? this.#second[0];
    if (left !== undefined) this.#differ('a file that only one reader finds');
  }

  #attempt(work: () => unknown): void {
    try {
      work();
    } catch (error) {
      this.#differ(error instanceof Error ? error.message : String(error));
    }
  }

  #compare(): void {
    while (this.difference === undefined && this.#first.length > 0 && this.#second.length > 0) {
      const first = this.#first.shift()!;
      const second = this.#second.shift()!;
      const name = new TextDecoder().decode(first.name);
      if (name !== second.name) this.#differ(`"${name}" is "${second.name}" to another reader`);
      else if (first.type !== second.type) this.#differ(`"${name}" is of another type to another reader`);
      else if (first.size !== second.size) this.#differ(`"${name}" has another size to another reader`);
    }
  }

  #differ(words: string): void {
    this.difference ??= words;
  }
}
