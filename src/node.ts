import { dirname, resolve } from 'node:path';
import type { Clock } from './base/clock.ts';
import type { Config } from './config/index.ts';
import type { AppDependencies } from './http/index.ts';
import { proxySettings } from './platform/node/choose-proxy.ts';
import { createNodeFetch } from './platform/node/fetch.ts';
import { folderStore } from './platform/node/folder-store.ts';
import type { NodeBindings } from './platform/node/handler.ts';
import { type FreshTls, keepTlsFresh } from './platform/node/keep-tls-fresh.ts';
import { type KeepTrustFreshOptions, keepTrustFresh } from './platform/node/keep-trust-fresh.ts';
import { createKubeApi } from './platform/node/kube-api.ts';
import { createKubeReader } from './platform/node/kube-reader.ts';
import { type ConfigSource, openConfig, refreshFolder } from './platform/node/load-config.ts';
import { clientOf, serveHandler } from './platform/node/serve-handler.ts';
import { openTlsFiles, type TlsPaths } from './platform/node/tls-files.ts';
import { watchLag } from './platform/node/watch-lag.ts';
import { createSignerReader } from './platform/read-signer.ts';
import { createSigstoreSignerReader } from './platform/read-sigstore-signer.ts';
import { createTrustRoot, type TrustRoot } from './platform/trust-root.ts';
import { createService, type Service } from './service.ts';
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
  /** Folder of the service account, in a cluster. Default: where Pods have it. */
  accountPath?: string;
  /** Instead of Node's own. */
  fetch?: typeof fetch;
  clock?: Clock;
  log?: AppDependencies['log'];
  /** How long a signer may be silent before another takes over, milliseconds. Default: a minute. */
  leaseMs?: number;
  /** Calls a function later, for the refresh of the trusted root. Default: a timer. */
  schedule?: KeepTrustFreshOptions['schedule'];
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

/**
 * Starts the service on Node. Registries are asked with the credentials that the configuration names, never with those
 * that happen to lie on the machine. A trusted root that the configuration renews is renewed in the background; requests
 * that come after it was found are answered with the new one.
 * @throws ChartsealError config.invalid, config.secret_missing
 */
export async function startService(options: StartServiceOptions): Promise<RunningService> {
  const env = options.env ?? process.env;
  const clock = options.clock ?? Date.now;
  const log = options.log ?? (() => {});
  // The addresses of vaults, of services for signing and of the mirror of trusted roots are written out in the
  // configuration, so they may be private.
  const services = createNodeFetch({ allowPrivate: () => true, proxy: proxySettings(env) });
  const readers = { fetch: options.fetch ?? services, clock };
  const readSigner = createSignerReader(readers);
  const readSigstoreSigner = createSigstoreSignerReader(readers);
  let trustRoot: TrustRoot | undefined;
  const source =
    'config' in options
      ? undefined
      : await openConfig(options.configPath, {
          env,
          use: 'serve',
          readSigner,
          readSigstoreSigner,
          readRefreshed: (refresh) => {
            trustRoot ??= createTrustRoot({
              refresh,
              store: folderStore(refreshFolder(options.configPath, refresh)),
              fetch: options.fetch ?? services,
              clock,
              log,
            });
            return trustRoot.read();
          },
        });
  let config = 'config' in options ? options.config : await (source as ConfigSource).parse();
  const tls = options.tls === undefined ? undefined : await openTlsFiles(options.tls);
  const nodeFetch = options.fetch
    ? undefined
    : createNodeFetch({ cas: authorities(config), proxy: proxySettings(env) });
  const kube = config.admission.cluster
    ? await createKubeApi({
        env,
        clock,
        ...(options.accountPath === undefined ? {} : { accountPath: options.accountPath }),
      })
    : undefined;
  const state = await openStateFor(config, options, clock);
  const lag = watchLag();
  const serviceOf = (config: Config): Service =>
    createService({
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
      trustStatus: () => trustRoot?.status() ?? {},
    });
  let service = serviceOf(config);
  let freshness: { stop(): Promise<void> } | undefined;
  let freshTls: FreshTls | undefined;
  const end = async () => {
    freshTls?.stop();
    lag.stop();
    await freshness?.stop();
    await Promise.all([nodeFetch?.close(), services.close(), state?.close(), kube?.close()]);
  };
  try {
    // A request is answered to its end by the service that it came to.
    const server = await serveHandler((request, bindings) => service.fetch(request, bindings), {
      ...(options.host === undefined ? {} : { host: options.host }),
      ...(options.port === undefined ? {} : { port: options.port }),
      ...(tls === undefined ? {} : { tls: tls.current }),
      fast: true,
      onError: (error) => log({ level: 'error', message: 'server error', error }),
    });
    if (source !== undefined && trustRoot !== undefined && config.trustRefresh !== undefined) {
      freshness = keepTrustFresh({
        trustRoot,
        everyMs: config.trustRefresh.everyMs,
        inUse: () => config.trustRefresh?.inUse,
        async onNew() {
          const next = await source.parse();
          service = serviceOf(next);
          config = next;
        },
        log,
        ...(options.schedule === undefined ? {} : { schedule: options.schedule }),
      });
    }
    freshTls = keepTlsFresh(tls, server, log);
    return {
      url: server.url,
      reloadTls: freshTls.reload,
      async close() {
        await server.close();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
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
