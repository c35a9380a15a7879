import type { Config } from '../config/index.ts';
import { proxySettings } from '../platform/node/choose-proxy.ts';
import { createNodeFetch } from '../platform/node/fetch.ts';
import type { Io } from '../platform/node/io.ts';
import { readNamedFile } from './files.ts';
import { usageError } from './usage-error.ts';

/**
 * The fetch of one command: through the proxies of the environment, believing the CAs of the configuration and that of
 * `--ca-file` for the host asked.
 * @param host the registry or service named on the command line; as it was written out, it may be private
 */
export async function openFetch(
  {
    host,
    caFile,
    caFrom = '--ca-file',
    registries = [],
  }: {
    host: string;
    caFile?: string | undefined;
    /** How the user knows `caFile`. */
    caFrom?: string;
    registries?: Config['registries'];
  },
  io: Io,
): Promise<{ fetch: typeof fetch; close: () => Promise<void> }> {
  const cas = new Map(registries.flatMap(({ host, ca }) => (ca === undefined ? [] : [[host, ca] as const])));
  if (caFile !== undefined) cas.set(host, await readCa(caFile, io.cwd, caFrom));
  if (io.fetch !== undefined) return { fetch: io.fetch, close: async () => {} };
  const nodeFetch = createNodeFetch({
    cas,
    proxy: proxySettings(io.env),
    allowPrivate: (asked) => asked === host,
  });
  return { fetch: nodeFetch, close: () => nodeFetch.close() };
}

async function readCa(path: string, cwd: string, from: string): Promise<string> {
  const pem = new TextDecoder().decode(await readNamedFile(path, cwd, from));
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) {
    throw usageError(
      `${from} ${path} holds no certificate`,
      'Give a PEM file: it begins with -----BEGIN CERTIFICATE-----.',
    );
  }
  return pem;
}
