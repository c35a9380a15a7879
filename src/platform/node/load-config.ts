import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ChartsealError } from '../../base/error.ts';
import { clean } from '../../base/text.ts';
import {
  type Config,
  parseConfig,
  type ReadRefreshed,
  type ReadSigner,
  type ReadSigstoreSigner,
  shippedPath,
  type TrustRefresh,
} from '../../config/index.ts';
import { readShipped } from './read-shipped.ts';

interface LoadConfigOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** `verify`: the command line judges for whoever runs it, so callers' tokens need not be set. */
  use: 'serve' | 'verify';
  /** `edge`: what only Node can use is refused. Default: `node`. */
  runtime?: 'node' | 'edge';
  /** The configuration is only looked at: no secret need be set and none is read. */
  withoutSecrets?: boolean;
  /** Takes the PGP keys under `signing` into use; without it they are only looked at. */
  readSigner?: ReadSigner;
  /** The same for those of sigstore. */
  readSigstoreSigner?: ReadSigstoreSigner;
  /** Reads what is kept of a refresh. Default: out of the folder that the configuration names. */
  readRefreshed?: ReadRefreshed;
  /** Told of every file that the configuration names, as it is written there, with its bytes. */
  onFile?: (path: string, bytes: Uint8Array) => void;
}

/** A configuration file and every file it names, as they were when they were first read. */
export interface ConfigSource {
  /**
   * The configuration, with the trusted root that is kept now and the secrets of `env`.
   * @throws ChartsealError config.invalid, config.secret_missing
   */
  parse(): Promise<Config>;
}

/**
 * Reads a configuration file and every file it names, once. Relative paths start at the file's own directory.
 * @param path absolute, or relative to the working directory of the process
 * @throws ChartsealError config.invalid, config.secret_missing
 */
export async function loadConfig(path: string, options: LoadConfigOptions): Promise<Config> {
  return (await openConfig(path, options)).parse();
}

/**
 * The same for a service that takes a new trusted root while it runs: only that is new then, whatever has become of the
 * files meanwhile. Who changes those restarts the service and sees what is wrong with them.
 * @throws ChartsealError config.invalid if the file cannot be read
 */
export async function openConfig(path: string, options: LoadConfigOptions): Promise<ConfigSource> {
  const text = await readText(path);
  const files = new Map<string, Promise<Uint8Array>>();
  const read = async (name: string) =>
    shippedPath(name) === undefined
      ? new Uint8Array(await readFile(resolve(dirname(path), name)))
      : readShipped(name);
  const { runtime = 'node' } = options;
  return {
    parse: () =>
      parseConfig({
        text,
        path,
        async readFile(name) {
          let reading = files.get(name);
          if (reading === undefined) {
            reading = read(name);
            files.set(name, reading);
          }
          const bytes = await reading;
          options.onFile?.(name, bytes);
          return bytes;
        },
        secret: (name) => options.env[name],
        withoutSecrets: options.withoutSecrets ?? false,
        use: options.use,
        runtime,
        ...(options.readSigner === undefined ? {} : { readSigner: options.readSigner }),
        ...(options.readSigstoreSigner === undefined
          ? {}
          : { readSigstoreSigner: options.readSigstoreSigner }),
        ...(runtime === 'edge' ? {} : { readRefreshed: options.readRefreshed ?? fromFolder(path) }),
      }),
  };
}

/** Where what is kept of a refresh lies. @param configPath of the configuration */
export function refreshFolder(configPath: string, refresh: TrustRefresh): string {
  return resolve(dirname(configPath), refresh.folder);
}

function fromFolder(path: string): ReadRefreshed {
  return async (refresh) => {
    const { readRefreshed } = await import('../../sigstore/tuf/index.ts');
    const { folderStore } = await import('./folder-store.ts');
    return (await readRefreshed(refresh.root, folderStore(refreshFolder(path, refresh))))?.bytes;
  };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
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
}
