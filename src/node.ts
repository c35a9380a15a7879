import { randomUUID } from 'node:crypto';
import type { Clock } from './base/clock.ts';
import { VERSION } from './base/version.ts';
import type { Config } from './config/index.ts';
import { createApp } from './http/app.ts';
import type { AppDependencies } from './http/dependencies.ts';
import { createRegistryClient } from './oci/index.ts';
import { createMemoryCache } from './platform/memory-cache.ts';
import { proxySettings } from './platform/node/choose-proxy.ts';
import { createNodeFetch } from './platform/node/fetch.ts';
import { loadConfig } from './platform/node/load-config.ts';
import { type NodeBindings, serveHandler } from './platform/node/serve-handler.ts';
import { registryLimits } from './platform/registry-limits.ts';

/** Most verdicts kept in memory; one takes a few kilobytes. */
const CACHED_VERDICTS = 5000;

export type StartServiceOptions = (
  | { config: Config }
  /** The file is read once, with every file it names. */
  | { configPath: string }
) & {
  /** Secrets and proxies. Default: that of the process. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0: any free one. */
  port?: number;
  /** Instead of Node's own. */
  fetch?: typeof fetch;
  clock?: Clock;
  newId?: () => string;
  log?: AppDependencies['log'];
};

/** A service that is listening. */
export interface RunningService {
  /** Like `http://127.0.0.1:8080`, without a slash at the end. */
  url: string;
  /** Takes no more requests, answers those under way, then ends all connections. */
  close(): Promise<void>;
}

/**
 * Starts the service on Node. Registries are asked with the credentials that the configuration names, never with those
 * that happen to lie on the machine.
 * @throws ChartsealError config.invalid, config.secret_missing
 */
export async function startService(options: StartServiceOptions): Promise<RunningService> {
  const env = options.env ?? process.env;
  const clock = options.clock ?? Date.now;
  const log = options.log ?? (() => {});
  const config =
    'config' in options ? options.config : await loadConfig(options.configPath, { env, use: 'serve' });

  const nodeFetch = options.fetch
    ? undefined
    : createNodeFetch({ cas: authorities(config), proxy: proxySettings(env) });
  const client = createRegistryClient({
    fetch: options.fetch ?? nodeFetch!,
    clock,
    registries: config.registries,
    limits: registryLimits(config.limits),
  });
  const app = createApp({
    config,
    client,
    clock,
    newId: options.newId ?? randomUUID,
    cache: verdictCache(clock),
    log,
    clientAddress: (_request, bindings) =>
      (bindings as NodeBindings | undefined)?.incoming.socket.remoteAddress,
    version: VERSION,
  });
  try {
    const server = await serveHandler((request, bindings) => app.fetch(request, bindings), {
      ...(options.host === undefined ? {} : { host: options.host }),
      ...(options.port === undefined ? {} : { port: options.port }),
      fast: true,
      onError: (error) => log({ level: 'error', message: 'server error', error }),
    });
    return {
      url: server.url,
      async close() {
        await server.close();
        await nodeFetch?.close();
      },
    };
  } catch (error) {
    await nodeFetch?.close();
    throw error;
  }
}

function authorities(config: Config): Map<string, string> {
  return new Map(
    config.registries.flatMap(({ host, ca }) => (ca === undefined ? [] : [[host, ca] as const])),
  );
}

function verdictCache(clock: Clock): AppDependencies['cache'] {
  const memory = createMemoryCache<string>({ max: CACHED_VERDICTS, clock });
  return {
    get: async (key) => memory.get(key),
    set: async (key, value, expiresAt) => memory.set(key, value, expiresAt),
  };
}
