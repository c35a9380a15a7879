import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ChartsealError } from '../../base/error.ts';
import { clean } from '../../base/text.ts';
import type { TufStore } from '../../sigstore/tuf/index.ts';

/**
 * What a refresh keeps, as files of a folder that several processes may share. A file is written beside and then takes
 * the place of the old one, so that a process that dies, or a full disk, leaves the old one.
 * @param folder absolute; made when something is kept
 */
export function folderStore(folder: string): TufStore {
  return {
    async get(name) {
      try {
        return new Uint8Array(await readFile(join(folder, name)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw unavailable(folder, name, 'read', error);
      }
    },
    async set(name, bytes) {
      const beside = join(folder, `.${name}.${randomBytes(8).toString('hex')}`);
      try {
        await mkdir(folder, { recursive: true });
        const file = await open(beside, 'wx');
        try {
          await file.writeFile(bytes);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(beside, join(folder, name));
      } catch (error) {
        await rm(beside, { force: true }).catch(() => {});
        throw unavailable(folder, name, 'written', error);
      }
    },
  };
}

function unavailable(folder: string, name: string, what: string, cause: unknown): ChartsealError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? 'unknown reason';
  return new ChartsealError(
    'tuf.store_unavailable',
    `${clean(join(folder, name))} cannot be ${what} (${clean(code)})`,
    { cause },
  );
}
