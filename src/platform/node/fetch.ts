import { isIP } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Agent, type Dispatcher, ProxyAgent, fetch as undiciFetch } from 'undici';
import { ChartsealError } from '../../base/error.ts';
import { isSpecialAddress } from '../../oci/address.ts';
import type { RegistryRequestInit } from '../../oci/fetch.ts';
import { chooseProxy, type ProxySettings } from './choose-proxy.ts';
import { guardedConnector, type Resolve, refused } from './guarded-connector.ts';

/** Milliseconds a connection may take to be made; the client's own deadlines are shorter or equal. */
const CONNECT_TIMEOUT_MS = 10_000;
/** Most connections to one host at a time. */
const MAX_CONNECTIONS = 32;

/** What {@link createNodeFetch} takes; everything is optional. */
interface NodeFetchOptions {
  /** Hosts (`host` or `host:port`) that may be private although the request does not say so. */
  allowPrivate?: (host: string) => boolean;
  /** PEM of the only authorities believed for a host, by `host:port` or `host`. Others: those of Node. */
  cas?: ReadonlyMap<string, string>;
  /** For both schemes, or one for each. `proxySettings(env)` reads them from an environment. */
  proxy?: string | ProxySettings | undefined;
  /** As NO_PROXY; takes the place of `proxy.no`. */
  noProxy?: string | undefined;
  /** In place of the system's resolver. */
  resolve?: Resolve;
}

/** A fetch with connections of its own. */
export interface NodeFetch {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Ends all connections; idle ones do not keep the process alive. */
  close(): Promise<void>;
}

/**
 * The fetch for registries on Node. Redirects are never followed, connections are kept, and only public addresses are
 * connected to unless the request's `init.chartseal.mayBePrivate` or `allowPrivate` says otherwise: names are
 * resolved here and the checked address is the one that is used. Through a proxy the proxy resolves, so there only
 * addresses written as such are checked (names of special use: by the client).
 *
 * Rejects as fetch does, with a TypeError; for a refused address its `cause` is the ChartsealError
 * registry.address_refused.
 */
export function createNodeFetch(options: NodeFetchOptions = {}): NodeFetch {
  const settings =
    typeof options.proxy === 'string' ? { http: options.proxy, https: options.proxy } : options.proxy;
  const no = options.noProxy ?? settings?.no;
  const proxyOf = chooseProxy({ ...settings, ...(no !== undefined && { no }) });
  const cas = options.cas ?? new Map<string, string>();

  // Connections to private addresses are kept apart: they must not be taken for a request that may not go there.
  const dispatchers = new Map<string, Dispatcher>();
  const dispatcherFor = (key: string, make: () => Dispatcher): Dispatcher => {
    let dispatcher = dispatchers.get(key);
    if (dispatcher === undefined) {
      dispatcher = make();
      dispatchers.set(key, dispatcher);
    }
    return dispatcher;
  };
  const direct = (mayBePrivate: boolean) =>
    dispatcherFor(mayBePrivate ? 'private' : 'public', () => {
      const { resolve } = options;
      const connect = guardedConnector({
        private: mayBePrivate,
        cas,
        timeout: CONNECT_TIMEOUT_MS,
        ...(resolve && { resolve }),
      });
      return new Agent({ connect, connections: MAX_CONNECTIONS });
    });
  const through = (proxy: string, host: string, hostname: string) => {
    const ca = cas.get(host) ?? cas.get(hostname);
    return dispatcherFor(
      `${proxy} ${ca ?? ''}`,
      // Plain HTTP without a tunnel, as Go's client: many proxies allow CONNECT for 443 alone.
      () =>
        new ProxyAgent({
          uri: proxy,
          proxyTunnel: false,
          connections: MAX_CONNECTIONS,
          ...(ca !== undefined && { requestTls: { ca } }),
        }),
    );
  };

  const nodeFetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const { chartseal, ...rest } = init as RegistryRequestInit;
    const url = new URL(input instanceof Request ? input.url : input);
    const hostname = url.hostname.replace(/^\[|\]$/g, '');
    const mayBePrivate =
      chartseal?.mayBePrivate === true ||
      options.allowPrivate?.(url.host) === true ||
      options.allowPrivate?.(url.hostname) === true;
    const proxy = proxyOf(url);
    if (proxy !== undefined && !mayBePrivate && isIP(hostname) !== 0 && isSpecialAddress(hostname)) {
      throw new TypeError('fetch failed', { cause: refused(hostname) });
    }
    const all: RequestInit = { ...(input instanceof Request ? fromRequest(input) : {}), ...rest };
    // undici frees a connection one turn of the event loop after its answer was read (lib/dispatcher/client-h1.js,
    // onMessageComplete); a request made before that would open another one, with another TLS handshake.
    await nextTurn();
    try {
      // undici's own types: the same classes as the platform's by another name.
      return (await undiciFetch(url, {
        ...(all as object),
        redirect: 'manual',
        dispatcher: proxy === undefined ? direct(mayBePrivate) : through(proxy, url.host, hostname),
      })) as unknown as Response;
    } catch (error) {
      const inner = findChartsealError(error);
      throw inner === undefined ? error : new TypeError('fetch failed', { cause: inner });
    }
  };
  return Object.assign(nodeFetch, {
    close: async () => {
      const all = [...dispatchers.values()];
      dispatchers.clear();
      await Promise.all(all.map((dispatcher) => dispatcher.destroy()));
    },
  });
}

/** undici does not know the platform's Request, so it is taken apart. */
function fromRequest(request: Request): RequestInit {
  const init: RequestInit = { method: request.method, headers: request.headers, signal: request.signal };
  // `duplex` is needed for a stream and unknown to the types.
  return request.body === null ? init : { ...init, body: request.body, ...({ duplex: 'half' } as object) };
}

function findChartsealError(error: unknown): ChartsealError | undefined {
  let inner = error;
  for (let depth = 0; depth < 5 && inner instanceof Error; depth++) {
    if (inner instanceof ChartsealError) return inner;
    inner = inner.cause;
  }
  return undefined;
}
