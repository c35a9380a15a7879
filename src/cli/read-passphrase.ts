import type { Io } from '../platform/node/io.ts';
import { readNamedFile } from './files.ts';
import { usageError } from './usage-error.ts';

/**
 * The first line of `--passphrase-file FILE`, as Helm reads it; `-` is the standard input.
 * @throws ChartsealError usage.invalid (empty, nothing on the standard input), file.unreadable
 */
export async function readPassphrase(file: string, io: Io): Promise<string> {
  const [line = ''] = new TextDecoder().decode(await readBytes(file, io)).split(/\r?\n/);
  if (line === '') {
    throw usageError(
      `--passphrase-file ${file} begins with an empty line`,
      'Its first line is the passphrase.',
    );
  }
  return line;
}

async function readBytes(file: string, io: Io): Promise<Uint8Array> {
  if (file !== '-') return readNamedFile(file, io.cwd, '--passphrase-file');
  if (io.readStdin !== undefined) return io.readStdin();
  throw usageError(
    '--passphrase-file - reads the standard input, which is the terminal',
    'Leave the option out to be asked, or pipe the passphrase in.',
  );
}
