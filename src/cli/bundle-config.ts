import { readFile, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { ConfigError } from '../config/index.ts';
import type { Io } from '../platform/node/io.ts';
import { loadConfig } from '../platform/node/load-config.ts';
import { createSigstoreSignerReader } from '../platform/read-sigstore-signer.ts';
import { DEFAULT_CONFIG } from './choose-config.ts';
import { EXIT } from './exit-status.ts';
import { fileTrouble, kindOfPath } from './files.ts';

interface BundleConfigOptions {
  config?: string | undefined;
  /** Taken when `config` does not exist. */
  default?: string | undefined;
  out?: string | undefined;
}

/**
 * `chartseal bundle-config`: the configuration and every file it names as one ES module, for a runtime without a file
 * system. The configuration is checked first; secrets are named in it, so none is needed and none gets in.
 * @throws ChartsealError config.invalid, also for fields that only Node can use
 */
export async function bundleConfigCommand(options: BundleConfigOptions, io: Io): Promise<number> {
  const wanted = options.config ?? DEFAULT_CONFIG;
  const isThere = options.default === undefined || (await kindOfPath(wanted, io.cwd)) === 'file';
  const path = resolve(io.cwd, isThere ? wanted : (options.default ?? wanted));
  const files = new Map<string, Uint8Array>();
  await check(path, (name, bytes) => files.set(name, bytes), io);
  const module = moduleText(basename(path), await readFile(path, 'utf8'), files);
  if (options.out === undefined) {
    io.stdout.write(module);
    return EXIT.allow;
  }
  try {
    await writeFile(resolve(io.cwd, options.out), module);
  } catch (error) {
    throw new ChartsealError(
      'file.unreadable',
      `--out ${clean(options.out)} cannot be written: ${fileTrouble(error)}`,
      {
        cause: error,
      },
    );
  }
  io.stderr.write(`wrote ${clean(options.out)}: the configuration and ${files.size} file(s)\n`);
  return EXIT.allow;
}

// Missing secrets are no fault here: they are set at the edge.
async function check(path: string, onFile: (name: string, bytes: Uint8Array) => void, io: Io): Promise<void> {
  try {
    await loadConfig(path, {
      env: {},
      use: 'serve',
      runtime: 'edge',
      onFile,
      // A keyless signer needs no secret, so it is there; nothing is asked of its services here.
      readSigstoreSigner: createSigstoreSignerReader({ fetch: io.fetch ?? fetch, clock: io.clock }),
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.problems.filter(({ code }) => code !== 'config.secret_missing');
    if (problems.length > 0) throw new ConfigError(path, problems);
  }
}

function moduleText(path: string, text: string, files: ReadonlyMap<string, Uint8Array>): string {
  const entries = [...files.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, bytes]) =>
        `    ${JSON.stringify(name)}: ${JSON.stringify(Buffer.from(bytes).toString('base64'))},\n`,
    );
  return [
    '// Written by "chartseal bundle-config"; do not edit.\n',
    'export const bundledConfig = {\n',
    `  path: ${JSON.stringify(path)},\n`,
    `  text: ${JSON.stringify(text)},\n`,
    '  /** Base64 by the path as the configuration writes it. */\n',
    `  files: {\n${entries.join('')}  },\n`,
    '};\n',
  ].join('');
}
