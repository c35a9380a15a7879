import { connect, type Socket } from 'node:net';

/** One kind of request, sent again and again. */
export interface Load {
  /** Like `http://127.0.0.1:8080/v1/verify`. */
  url: string;
  headers?: Record<string, string>;
  /** Several are sent in turns. */
  body: string | readonly string[];
  /** What the text of a right answer has in it; any other answer ends the bench. */
  expect: string;
}

/** What a load did. */
export interface LoadResult {
  requests: number;
  /** Of each request, in milliseconds. */
  wallMs: number[];
  /** From the first to the last, in milliseconds. */
  totalMs: number;
}

/**
 * Sends a request `count` times over `connections` kept connections, each with one request at a time. Written on bare
 * sockets, so that on two cores it is the server that is measured and not its client. Ends after `maxMs` even if not
 * all were sent.
 */
export async function runLoad(load: Load, count: number, connections = 1, maxMs = 1500): Promise<LoadResult> {
  const url = new URL(load.url);
  const headers = { host: url.host, 'content-type': 'application/json', ...load.headers };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}`;
  const messages = [load.body]
    .flat()
    .map((body) => Buffer.from(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`));
  const wallMs: number[] = [];
  let sent = 0;
  const begin = performance.now();
  const next = () => {
    if (sent >= count || performance.now() - begin >= maxMs) return undefined;
    return messages[sent++ % messages.length];
  };
  const one = async () => {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    try {
      await new Promise<void>((resolve, reject) => {
        drive(socket, load.expect, { resolve, reject }, next, wallMs);
      });
    } finally {
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
  return { requests: wallMs.length, wallMs, totalMs: performance.now() - begin };
}

function drive(
  socket: Socket,
  expect: string,
  done: { resolve: () => void; reject: (error: Error) => void },
  next: () => Buffer | undefined,
  wallMs: number[],
): void {
  let received = '';
  let startedAt = 0;
  const send = () => {
    const message = next();
    if (message === undefined) return done.resolve();
    received = '';
    startedAt = performance.now();
    socket.write(message);
  };
  socket.setEncoding('latin1');
  socket.setTimeout(20_000, () =>
    done.reject(new Error(`no answer within 20 s; so far:\n${received.slice(0, 1500)}`)),
  );
  socket.once('connect', send);
  socket.once('error', done.reject);
  socket.once('close', () => done.reject(new Error('the server closed the connection')));
  socket.on('data', (chunk: string) => {
    received += chunk;
    if (!isWhole(received)) return;
    wallMs.push(performance.now() - startedAt);
    if (received.includes(expect)) send();
    else done.reject(new Error(`unexpected answer:\n${received.slice(0, 1500)}`));
  });
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end))?.[1];
  return length === undefined ? text.endsWith('\r\n0\r\n\r\n') : text.length >= end + 4 + Number(length);
}
