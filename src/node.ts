import { dirname, resolve } from 'node:path';
import type { Clock } from './base/clock.ts';
import type { Config } from './config/index.ts';
import type { AppDependencies } from './http/index.ts';
import { proxySettings } from './platform/node/choose-proxy.ts';
import { createNodeFetch } from './platform/node/fetch.ts';
import { createKubeApi } from './platform/node/kube-api.ts';
import { createKubeReader } from './platform/node/kube-reader.ts';
import { loadConfig } from './platform/node/load-config.ts';
import {
  clientOf,
  type NodeBindings,
  type RunningServer,
  serveHandler,
} from './platform/node/serve-handler.ts';
import { openTlsFiles, type TlsFiles, type TlsPaths } from './platform/node/tls-files.ts';
import { watchLag } from './platform/node/watch-lag.ts';
import { createSignerReader } from './platform/read-signer.ts';
import { createService } from './service.ts';
import type { State } from './state/index.ts';

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
  /** Speak TLS; the files are looked at again every half minute, and at `reloadTls()`. */
  tls?: TlsPaths;
  /** Instead of Node's own. */
  fetch?: typeof fetch;
  clock?: Clock;
  log?: AppDependencies['log'];
  /** How long a signer may be silent before another takes over, milliseconds. Default: a minute. */
  leaseMs?: number;
};

/** A service that is listening. */
export interface RunningService {
  /** Like `http://127.0.0.1:8080`, without a slash at the end. */
  url: string;
  /** Takes changed TLS files into use, those that cannot be used excepted. @returns have they changed? */
  reloadTls(): Promise<boolean>;
  /** Takes no more requests, answers those under way, then ends all connections. */
  close(): Promise<void>;
}

const TLS_RELOAD_MS = 30_000;

/**
 * Starts the service on Node. Registries are asked with the credentials that the configuration names, never with those
 * that happen to lie on the machine.
 * @throws ChartsealError config.invalid, config.secret_missing
 */
export async function startService(options: StartServiceOptions): Promise<RunningService> {
  const env = options.env ?? process.env;
  const clock = options.clock ?? Date.now;
  const log = options.log ?? (() => {});
  // The address of a vault is written out in the configuration, so it may be private.
  const vaults = createNodeFetch({ allowPrivate: () => true, proxy: proxySettings(env) });
  const readSigner = createSignerReader({ fetch: options.fetch ?? vaults, clock });
  const config =
    'config' in options
      ? options.config
      : await loadConfig(options.configPath, { env, use: 'serve', readSigner });
  const tls = options.tls === undefined ? undefined : await openTlsFiles(options.tls);
  const nodeFetch = options.fetch
    ? undefined
    : createNodeFetch({ cas: authorities(config), proxy: proxySettings(env) });
  const kube = config.admission.cluster ? await createKubeApi({ env, clock }) : undefined;
  const state = await openStateFor(config, options, clock);
  const lag = watchLag();
  const service = createService({
    config,
    state,
    shared: true,
    lagMs: lag.lagMs,
    ...(kube === undefined ? {} : { reader: createKubeReader(kube, clock) }),
    leaseMs: options.leaseMs,
    fetch: options.fetch ?? nodeFetch!,
    clock,
    log,
    clientAddress: (_request, bindings) =>
      (bindings as NodeBindings | undefined)?.incoming.socket.remoteAddress,
    ...(options.tls?.clientCa === undefined
      ? {}
      : { clientOf: (bindings: unknown) => clientOf(bindings as NodeBindings) }),
  });
  try {
    const server = await serveHandler((request, bindings) => service.fetch(request, bindings), {
      ...(options.host === undefined ? {} : { host: options.host }),
      ...(options.port === undefined ? {} : { port: options.port }),
      ...(tls === undefined ? {} : { tls: tls.current }),
      fast: true,
      onError: (error) => log({ level: 'error', message: 'server error', error }),
    });
    const reloadTls = () => reload(tls, server, log);
    const timer = tls && setInterval(reloadTls, TLS_RELOAD_MS).unref();
    return {
      url: server.url,
      reloadTls,
      async close() {
        clearInterval(timer);
        lag.stop();
        await server.close();
        await Promise.all([nodeFetch?.close(), vaults.close(), state?.close(), kube?.close()]);
      },
    };
  } catch (error) {
    await Promise.all([nodeFetch?.close(), vaults.close(), state?.close(), kube?.close()]);
    throw error;
  }
}

async function reload(
  tls: TlsFiles | undefined,
  server: RunningServer,
  log: AppDependencies['log'],
): Promise<boolean> {
  try {
    const changed = await tls?.refresh();
    if (changed === undefined) return false;
    server.setTls(changed);
    log({ level: 'info', message: 'TLS files were replaced' });
    return true;
  } catch (error) {
    log({ level: 'error', message: 'changed TLS files cannot be used; the old ones stay', error });
    return false;
  }
}

// Loaded only where something signs: the stores bring their drivers along.
async function openStateFor(
  config: Config,
  options: StartServiceOptions,
  clock: Clock,
): Promise<State | undefined> {
  if (config.signing.size === 0 || config.state === undefined) return undefined;
  const { openState } = await import('./platform/state/open-state.ts');
  const base = 'configPath' in options ? dirname(options.configPath) : process.cwd();
  const location = 'sqlite' in config.state ? { sqlite: resolve(base, config.state.sqlite) } : config.state;
  return openState(location, { clock });
}

function authorities(config: Config): Map<string, string> {
  return new Map(
    config.registries.flatMap(({ host, ca }) => (ca === undefined ? [] : [[host, ca] as const])),
  );
}
