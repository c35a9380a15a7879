import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';

const KEYRING_OR_PROVENANCE_BYTES = 16 * 1024 * 1024;

/** Why a file cannot be read, in words instead of ENOENT. */
export function fileTrouble(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a directory';
  if (code === 'EACCES' || code === 'EPERM') return 'it may not be read (permissions)';
  return `it cannot be read (${code ?? 'unknown reason'})`;
}

/**
 * Reads a file named on the command line.
 * @param what how the user knows it, like "--keyring"
 * @throws ChartsealError file.unreadable
 */
export async function readNamedFile(
  path: string,
  cwd: string,
  what: string,
  help?: string,
  maxBytes: number = KEYRING_OR_PROVENANCE_BYTES,
): Promise<Uint8Array> {
  const absolute = resolve(cwd, path);
  try {
    const { size } = await stat(absolute);
    if (size > maxBytes) {
      throw new ChartsealError(
        'file.unreadable',
        `${what} ${clean(path)}: it has ${size} bytes, too many for such a file`,
      );
    }
    return await readFile(absolute);
  } catch (error) {
    if (error instanceof ChartsealError) throw error;
    throw new ChartsealError('file.unreadable', `${what} ${clean(path)}: ${fileTrouble(error)}`, {
      ...(help === undefined ? {} : { help }),
      cause: error,
    });
  }
}

/** What is at this path, seen from `cwd`. */
export async function kindOfPath(path: string, cwd: string): Promise<'file' | 'directory' | 'nothing'> {
  try {
    const found = await stat(resolve(cwd, path));
    return found.isDirectory() ? 'directory' : 'file';
  } catch {
    return 'nothing';
  }
}
