import type { Clock } from './base/clock.ts';
import type { Config } from './config/index.ts';
import type { AppDependencies } from './http/index.ts';
import { proxySettings } from './platform/node/choose-proxy.ts';
import { createNodeFetch } from './platform/node/fetch.ts';
import { loadConfig } from './platform/node/load-config.ts';
import { type NodeBindings, serveHandler } from './platform/node/serve-handler.ts';
import { createService } from './service.ts';

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
  const service = createService({
    config,
    fetch: options.fetch ?? nodeFetch!,
    clock,
    log,
    clientAddress: (_request, bindings) =>
      (bindings as NodeBindings | undefined)?.incoming.socket.remoteAddress,
  });
  try {
    const server = await serveHandler((request, bindings) => service.fetch(request, bindings), {
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
