import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ChartsealError } from '../../base/error.ts';
import { clean } from '../../base/text.ts';
import { type Config, parseConfig, type ReadSigner } from '../../config/index.ts';
import { PUBLIC_GOOD, readPublicGood } from './read-public-good.ts';

export interface LoadConfigOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** `verify`: the command line judges for whoever runs it, so callers' tokens need not be set. */
  use: 'serve' | 'verify';
  /** `edge`: what only Node can use is refused. Default: `node`. */
  runtime?: 'node' | 'edge';
  /** The configuration is only looked at: no secret need be set and none is read. */
  withoutSecrets?: boolean;
  /** Takes the keys under `signing` into use; without it they are only looked at. */
  readSigner?: ReadSigner;
  /** Told of every file that the configuration names, as it is written there, with its bytes. */
  onFile?: (path: string, bytes: Uint8Array) => void;
}

/**
 * Reads a configuration file and every file it names, once. Relative paths start at the file's own directory.
 * @param path absolute, or relative to the working directory of the process
 * @throws ChartsealError config.invalid, config.secret_missing
 */
export async function loadConfig(path: string, options: LoadConfigOptions): Promise<Config> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing
      ? 'there is no such file'
      : `it cannot be read (${(error as NodeJS.ErrnoException).code})`;
    throw new ChartsealError('config.invalid', `configuration ${clean(path)}: ${why}`, {
      help: missing
        ? 'Name the file with --config, or write one with "chartseal init".'
        : 'Check its permissions.',
      cause: error,
    });
  }
  return parseConfig({
    text,
    path,
    readFile: async (name) => {
      const bytes =
        name === PUBLIC_GOOD
          ? await readPublicGood()
          : new Uint8Array(await readFile(resolve(dirname(path), name)));
      options.onFile?.(name, bytes);
      return bytes;
    },
    secret: (name) => options.env[name],
    withoutSecrets: options.withoutSecrets ?? false,
    use: options.use,
    runtime: options.runtime ?? 'node',
    ...(options.readSigner === undefined ? {} : { readSigner: options.readSigner }),
  });
}
