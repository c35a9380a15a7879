import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Handler } from './handler.ts';

/**
 * A listener for node:http that gives each request to a fetch handler and sends its answer as it is: the
 * Content-Length is the handler's even when it is wrong (the connection then ends with the body), a body that fails
 * breaks the connection, and so does a handler that rejects with ECONNRESET (the memory registry plays it so).
 */
export function nodeListener(
  handler: Handler,
  options: { scheme: 'http' | 'https'; onError: (error: unknown) => void },
): (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void> {
  return async (incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) gone.abort(new DOMException('The client went away.', 'AbortError'));
    });
    const request = toRequest(incoming, options.scheme, gone.signal);
    if (request === undefined) {
      outgoing.writeHead(400, { connection: 'close' }).end();
      return;
    }
    let answer: Response;
    try {
      answer = await handler(request, { incoming, outgoing });
    } catch (error) {
      if (gone.signal.aborted) return;
      if (isReset(error)) {
        // Under TLS there is no way to send a reset; the end without an answer looks the same to a client.
        if (options.scheme === 'https') incoming.socket.destroy();
        else incoming.socket.resetAndDestroy();
        return;
      }
      options.onError(error);
      answer = new Response(null, { status: 500 });
    }
    try {
      await send(answer, incoming, outgoing);
    } catch (error) {
      if (!gone.signal.aborted) options.onError(error);
      incoming.socket.destroy();
    }
  };
}

function toRequest(incoming: IncomingMessage, scheme: string, signal: AbortSignal): Request | undefined {
  const { method = 'GET', rawHeaders, url = '/' } = incoming;
  try {
    const headers = new Headers();
    for (let i = 0; i < rawHeaders.length; i += 2)
      headers.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '');
    const address = url.startsWith('/') ? `${scheme}://${headers.get('host') ?? 'localhost'}${url}` : url;
    const init: RequestInit = { method, headers, signal };
    if (method !== 'GET' && method !== 'HEAD') {
      // `duplex` is needed for a stream and unknown to the types.
      Object.assign(init, { body: Readable.toWeb(incoming), duplex: 'half' });
    }
    return new Request(address, init);
  } catch {
    return undefined;
  }
}

async function send(answer: Response, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  outgoing.statusCode = answer.status;
  for (const [name, value] of answer.headers) if (name !== 'set-cookie') outgoing.setHeader(name, value);
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader('set-cookie', cookies);
  const declared = answer.headers.get('content-length');

  let sent = 0;
  if (answer.body !== null && incoming.method !== 'HEAD') {
    const reader = answer.body.getReader();
    const stop = (): void => void reader.cancel().catch(() => {});
    outgoing.once('close', stop);
    outgoing.flushHeaders();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || outgoing.destroyed) break;
      sent += value.length;
      if (!outgoing.write(value)) await drained(outgoing);
    }
    outgoing.off('close', stop);
  } else {
    await answer.body?.cancel();
    sent = Number(declared ?? 0);
  }
  await new Promise<void>((resolve) => {
    outgoing.once('close', resolve);
    outgoing.end(resolve);
  });
  // After a wrong length nobody knows where the next answer would begin.
  if (declared !== null && Number(declared) !== sent) incoming.socket.destroySoon();
  // A body that nobody read must not block the connection.
  if (!incoming.complete) {
    incoming.removeAllListeners('data');
    incoming.resume();
  }
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.off('drain', done);
      outgoing.off('close', done);
      resolve();
    };
    outgoing.on('drain', done);
    outgoing.on('close', done);
  });
}

function isReset(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined;
  return cause?.code === 'ECONNRESET';
}
