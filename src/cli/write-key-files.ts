import { rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { fileTrouble, kindOfPath } from './files.ts';

/** A file that is written, and whether only its owner may read it. */
export interface NewFile {
  path: string;
  content: string | Uint8Array;
  secret: boolean;
}

/** @throws ChartsealError file.exists */
export async function refuseExisting(paths: string[], cwd: string): Promise<void> {
  for (const path of paths) {
    if ((await kindOfPath(path, cwd)) === 'nothing') continue;
    throw new ChartsealError('file.exists', `${clean(path)} is there already; nothing was written`, {
      help: 'Choose another name with --out NAME. A key that signed must not get lost: keep its files.',
    });
  }
}

/** Writes all files of a key, or none. @throws ChartsealError file.unreadable */
export async function writeKeyFiles(files: NewFile[], cwd: string): Promise<void> {
  const written: string[] = [];
  for (const { path, content, secret } of files) {
    const absolute = resolve(cwd, path);
    try {
      await writeFile(absolute, content, { flag: 'wx', mode: secret ? 0o600 : 0o644 });
      written.push(absolute);
    } catch (error) {
      // Half a key is of no use to anybody.
      await Promise.all(written.map((file) => rm(file, { force: true })));
      throw new ChartsealError('file.unreadable', `${clean(path)} cannot be written: ${fileTrouble(error)}`, {
        cause: error,
      });
    }
  }
}
