import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createMemoryRegistry } from '../../src/memory-registry/index.ts';
import { createNodeFetch } from '../../src/platform/node/fetch.ts';
import type { Handler } from '../../src/platform/node/handler.ts';
import { type RunningServer, serveHandler } from '../../src/platform/node/serve-handler.ts';

const servers: RunningServer[] = [];
const fetch = createNodeFetch({ allowPrivate: () => true });

async function start(handler: Handler, options?: Parameters<typeof serveHandler>[1]) {
  const server = await serveHandler(handler, options);
  servers.push(server);
  return server;
}

afterEach(async () => {
  await fetch.close();
  await Promise.all(servers.splice(0).map((server) => server.close({ graceMs: 0 })));
});

/** Sends text, gives all that comes back until the connection ends. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let all = '';
    socket.on('data', (chunk) => {
      all += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(all));
  });
}

const get = 'GET /x HTTP/1.1\r\nHost: h.test\r\n\r\n';

test.each([{ fast: false }, { fast: true }])(
  'gives requests to the handler and its answers back, %j',
  async (options) => {
    const { url } = await start(async (request) => {
      const body = await request.text();
      const { pathname, search } = new URL(request.url);
      return new Response(`${request.method} ${pathname}${search} ${request.headers.get('x-a')} ${body}`, {
        status: 201,
        headers: [
          ['x-b', 'c'],
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
        ],
      });
    }, options);
    const response = await fetch(`${url}/p?q=1`, { method: 'POST', body: 'text', headers: { 'x-a': 'y' } });
    expect([response.status, await response.text()]).toEqual([201, 'POST /p?q=1 y text']);
    expect([response.headers.get('x-b'), response.headers.getSetCookie()]).toEqual(['c', ['a=1', 'b=2']]);
  },
);

test.each([{ fast: false }, { fast: true }])(
  'a handler that throws is 500 and no word more, %j',
  async (options) => {
    const errors: unknown[] = [];
    const { url } = await start(() => Promise.reject(new Error('secret')), {
      ...options,
      onError: (e) => errors.push(e),
    });
    const response = await fetch(url);
    expect([response.status, await response.text()]).toEqual([500, '']);
    expect(String(errors)).toContain('secret');
  },
);

test.each([{ fast: false }, { fast: true }])(
  'the request is aborted when the client goes away, %j',
  async (options) => {
    const arrived = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    const { url } = await start((request) => {
      request.signal.addEventListener('abort', () => aborted.resolve());
      arrived.resolve();
      return new Promise(() => {});
    }, options);
    const abort = new AbortController();
    const answer = fetch(url, { signal: abort.signal });
    await arrived.promise;
    abort.abort();
    await expect(answer).rejects.toThrow();
    await aborted.promise;
  },
);

test('a wrong Content-Length goes out as it is and ends the connection', async () => {
  const registry = createMemoryRegistry();
  const digest = await registry.putBlob('r', new TextEncoder().encode('0123456789'));
  const { port, url } = await start((request) => registry.fetch(request));
  const ask = get.replace('/x', `/v2/r/blobs/${digest}`);
  registry.quirks.wrongContentLength = { delta: 3 };
  expect(await raw(port, ask)).toMatch(/content-length: 13\r\n[\s\S]*\r\n\r\n0123456789$/i);
  await expect(fetch(`${url}/v2/r/blobs/${digest}`).then((r) => r.text())).rejects.toThrow('terminated');
  registry.quirks.wrongContentLength = { delta: -3 };
  expect(await raw(port, ask)).toMatch(/content-length: 7\r\n[\s\S]*\r\n\r\n0123456789$/i);
  registry.quirks = { truncate: { bytes: 2 } };
  expect(await raw(port, ask)).toMatch(/content-length: 10\r\n[\s\S]*\r\n\r\n01$/i);
});

test('the quirks of the memory registry over a socket: reset, gzip, oversize, slow, stall', async () => {
  const registry = createMemoryRegistry();
  const digest = await registry.putBlob('r', new TextEncoder().encode('0123456789'));
  const { url } = await start((request) => registry.fetch(request));
  const blob = `${url}/v2/r/blobs/${digest}`;

  registry.quirks = { reset: { times: 1 } };
  await expect(fetch(blob)).rejects.toMatchObject({ message: 'fetch failed' });

  registry.quirks = { gzip: true };
  const packed = await fetch(blob);
  expect([packed.headers.get('content-encoding'), await packed.text()]).toEqual(['gzip', '0123456789']);

  registry.quirks = { oversize: true };
  const reader = (await fetch(blob)).body!.getReader();
  for (let size = 0; size < 1_000_000; ) size += (await reader.read()).value?.length ?? 0;
  await reader.cancel();

  const release = Promise.withResolvers<void>();
  registry.quirks = { slowBody: { release: release.promise } };
  const slow = (await fetch(blob)).body!.getReader();
  expect((await slow.read()).value?.length).toBe(1);
  release.resolve();
  expect((await slow.read()).value?.length).toBe(9);

  registry.quirks = { stall: true };
  const abort = new AbortController();
  const stalled = fetch(blob, { signal: abort.signal });
  abort.abort();
  await expect(stalled).rejects.toThrow();
});

test('a body that fails breaks the connection', async () => {
  const { url } = await start(() => {
    let sent = false;
    const body = new ReadableStream({
      pull(controller) {
        if (sent) throw new Error('half way');
        sent = true;
        controller.enqueue(new Uint8Array(10));
      },
    });
    return new Response(body);
  });
  await expect(fetch(url).then((response) => response.arrayBuffer())).rejects.toThrow();
});

test('a request that is none is 400', async () => {
  const { port } = await start(() => new Response('never'));
  expect(await raw(port, 'GET /x HTTP/1.1\r\nHost: a b\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
});

test('a body nobody reads does not block the connection', async () => {
  const { url } = await start(() => new Response('early'));
  const body = new Uint8Array(5_000_000);
  for (let i = 0; i < 3; i++) {
    expect(await (await fetch(url, { method: 'POST', body })).text()).toBe('early');
  }
});

test('closing waits for what is under way, and no longer than it should', async () => {
  const release = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const server = await start(async () => {
    arrived.resolve();
    await release.promise;
    return new Response('done');
  });
  const answer = fetch(server.url);
  await arrived.promise;
  const closed = server.close();
  release.resolve();
  expect(await (await answer).text()).toBe('done');
  await closed;
  await expect(fetch(server.url)).rejects.toThrow();

  const stalled = await start(() => new Promise(() => {}));
  const never = fetch(stalled.url);
  never.catch(() => {});
  await stalled.close({ graceMs: 0 });
  await expect(never).rejects.toThrow();
  await stalled.close();
});

test('a port that is taken is said so', async () => {
  const { port } = await start(() => new Response());
  await expect(serveHandler(() => new Response(), { port })).rejects.toMatchObject({
    code: 'config.invalid',
    message: `Cannot listen on 127.0.0.1, port ${port}: something else listens there`,
  });
});
