import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { getRequestListener } from '@hono/node-server';
import { ChartsealError } from '../../base/error.ts';
import type { Handler, NodeBindings } from './handler.ts';
import { nodeListener } from './node-listener.ts';

/** What a server shows of itself, and whose clients it knows; all PEM. */
export interface TlsSettings {
  cert: string;
  key: string;
  /** Clients are asked for a certificate of one of these authorities; who has none may still come in. */
  clientCa?: string;
}

/** What {@link serveHandler} takes. */
interface ServeOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0: any free one. */
  port?: number;
  /** With it the server speaks TLS. */
  tls?: TlsSettings;
  /**
   * By `@hono/node-server`'s light Request and Response, which take the place of the global ones: for the service.
   * Without it (default) every answer goes out as the handler made it, wrong Content-Length included, and a body
   * that ends early ends the connection: for the memory registry and for tests.
   */
  fast?: boolean;
  /** Told of what a handler threw; the client gets 500 without a word of it. */
  onError?: (error: unknown) => void;
}

/** A server that is listening. */
export interface RunningServer {
  /** Like `http://127.0.0.1:8080`, without a slash at the end. */
  url: string;
  host: string;
  port: number;
  /** For the connections made from now on; idle ones are ended. Whether clients are asked who they are stays. */
  setTls(tls: TlsSettings): void;
  /**
   * Takes no more requests, waits until those under way are answered, but at most `graceMs` (default 5000), then ends
   * their connections.
   */
  close(options?: { graceMs?: number }): Promise<void>;
}

/**
 * How long a connection may be idle. Go keeps its own for 90 seconds (net/http DefaultTransport, which API servers and
 * Gatekeeper use): whoever closes first must not be the server, or a request is sent into a closing connection.
 */
const KEEP_ALIVE_MS = 95_000;

/**
 * Serves a fetch handler on a host and port.
 * @throws config.invalid when the address cannot be listened on
 */
export async function serveHandler(handler: Handler, options: ServeOptions = {}): Promise<RunningServer> {
  const { host = '127.0.0.1', onError = () => {} } = options;
  const state = { closing: false };
  const listener = options.fast
    ? getRequestListener((request, bindings) => handler(request, bindings as NodeBindings), {
        errorHandler: (error) => {
          onError(error);
          return new Response(null, { status: 500 });
        },
      })
    : nodeListener(handler, { scheme: options.tls ? 'https' : 'http', onError });
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    if (state.closing) outgoing.shouldKeepAlive = false;
    outgoing.once('close', () => {
      if (state.closing) server.closeIdleConnections();
    });
    void listener(incoming, outgoing);
  };
  const secure = options.tls
    ? createHttpsServer(
        {
          ...toNode(options.tls),
          requestCert: options.tls.clientCa !== undefined,
          rejectUnauthorized: false,
        },
        answer,
      )
    : undefined;
  const server: Server = secure ?? createHttpServer(answer);
  server.keepAliveTimeout = KEEP_ALIVE_MS;

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(cannotListen(host, options.port ?? 0, error)),
    );
    server.listen(options.port ?? 0, host, () => resolve());
  });
  server.removeAllListeners('error');
  server.on('error', onError);

  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls ? 'https' : 'http'}://${reachable(host)}:${port}`,
    host,
    port,
    setTls(tls) {
      secure?.setSecureContext(toNode(tls));
      server.closeIdleConnections();
    },
    async close({ graceMs = 5000 } = {}) {
      if (!server.listening) return;
      state.closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

/**
 * Whom the client's certificate names, if the server asked for one and an authority it knows made it: the common name,
 * or else the whole fingerprint. undefined: nobody.
 */
export function clientOf({ incoming }: NodeBindings): string | undefined {
  const socket = incoming.socket as Partial<TLSSocket>;
  if (socket.authorized !== true || socket.getPeerCertificate === undefined) return undefined;
  const { subject, fingerprint256 } = socket.getPeerCertificate();
  const name: unknown = subject?.CN;
  return typeof name === 'string' && name !== '' ? name : fingerprint256;
}

function toNode({ cert, key, clientCa }: TlsSettings): { cert: string; key: string; ca?: string } {
  return { cert, key, ...(clientCa === undefined ? {} : { ca: clientCa }) };
}

/** The address to put into a URL for one to listen on. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

function cannotListen(host: string, port: number, error: NodeJS.ErrnoException): ChartsealError {
  const why =
    error.code === 'EADDRINUSE'
      ? 'something else listens there'
      : error.code === 'EACCES'
        ? 'the port needs more rights'
        : error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND'
          ? 'this machine has no such address'
          : (error.code ?? 'unknown reason');
  return new ChartsealError('config.invalid', `Cannot listen on ${host}, port ${port}: ${why}`, {
    help: 'Choose another address with --host and --port (or PORT in the environment).',
    cause: error,
  });
}
