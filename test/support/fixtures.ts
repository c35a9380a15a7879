import { readFile } from 'node:fs/promises';

const ROOT = new URL('../fixtures/', import.meta.url);

/** A file under test/fixtures. */
export async function fixture(path: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(new URL(path, ROOT)));
}
