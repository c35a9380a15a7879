import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { type ArchiveFacts, readArchive } from '../chart/index.ts';
import { fileTrouble } from './files.ts';

/**
 * Reads a local archive in one pass: its digest, its metadata and every trap in it.
 * @throws ChartsealError file.unreadable, archive.too_large
 */
export async function readArchiveFile(path: string, cwd: string): Promise<ArchiveFacts> {
  const file = createReadStream(resolve(cwd, path));
  try {
    return await readArchive(Readable.toWeb(file) as ReadableStream<Uint8Array>);
  } catch (error) {
    if (error instanceof ChartsealError) throw error;
    throw new ChartsealError('file.unreadable', `${clean(path)}: ${fileTrouble(error)}`, { cause: error });
  } finally {
    file.destroy();
  }
}
