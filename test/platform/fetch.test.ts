import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ChartsealError } from '../../src/base/error.ts';
import { createMemoryRegistry } from '../../src/memory-registry/index.ts';
import type { RegistryRequestInit } from '../../src/oci/fetch.ts';
import { createNodeFetch, type NodeFetch } from '../../src/platform/node/fetch.ts';
import { type RunningServer, serveHandler } from '../../src/platform/node/serve-handler.ts';

const registry = createMemoryRegistry();
const pem = (name: string) => readFile(new URL(`../fixtures/tls/${name}`, import.meta.url), 'utf8');
const meant = (host: string): RegistryRequestInit => ({ chartseal: { mayBePrivate: true, host } });
/** Every name leads to this machine. */
const resolve = async () => [{ address: '127.0.0.1', family: 4 }];

let plain: RunningServer;
let tls: RunningServer;
let ca: string;
const fetches: NodeFetch[] = [];

function make(options?: Parameters<typeof createNodeFetch>[0]): NodeFetch {
  const fetch = createNodeFetch(options);
  fetches.push(fetch);
  return fetch;
}

async function causeOf(answer: Promise<unknown>): Promise<unknown> {
  const error = await answer.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(TypeError);
  return (error as Error).cause;
}

beforeAll(async () => {
  ca = await pem('ca.pem');
  const handler = (request: Request) => registry.fetch(request);
  plain = await serveHandler(handler);
  tls = await serveHandler(handler, {
    tls: { cert: await pem('server.pem'), key: await pem('server-key.pem') },
  });
});
afterAll(async () => {
  await Promise.all(fetches.map((fetch) => fetch.close()));
  await plain.close({ graceMs: 0 });
  await tls.close({ graceMs: 0 });
});

describe('addresses', () => {
  test('a private address is refused unless the request or the options allow it', async () => {
    const fetch = make();
    const url = `${plain.url}/v2/`;
    const cause = await causeOf(fetch(url));
    expect(cause).toBeInstanceOf(ChartsealError);
    expect(cause).toMatchObject({ code: 'registry.address_refused', retryable: false });
    expect((await fetch(url, meant('127.0.0.1'))).status).toBe(200);
    expect((await make({ allowPrivate: (host) => host === '127.0.0.1' })(url)).status).toBe(200);
    expect((await make({ allowPrivate: (host) => host === `127.0.0.1:${plain.port}` })(url)).status).toBe(
      200,
    );
    // A connection that was opened for the permitted request is not lent to the other.
    await causeOf(fetch(url));
  });

  test.each(['[::1]', '[::ffff:127.0.0.1]', '0x7f.1', '2130706433', '127.1', 'localhost', '0.0.0.0'])(
    '%s by any spelling',
    async (host) => {
      expect(await causeOf(make()(`http://${host}:${plain.port}/v2/`))).toMatchObject({
        code: 'registry.address_refused',
      });
    },
  );

  test('a name that leads to private addresses alone is refused, in either order of the schemes', async () => {
    const fetch = make({
      resolve: async () => [
        { address: '10.0.0.1', family: 4 },
        { address: 'fd00::1', family: 6 },
      ],
    });
    for (const url of ['http://registry.test/', 'https://registry.test/']) {
      expect(await causeOf(fetch(url))).toMatchObject({ code: 'registry.address_refused' });
    }
  });

  test('a name without addresses is an error of the network, not a refusal', async () => {
    expect(await causeOf(make({ resolve: async () => [] })('http://none.test/'))).toMatchObject({
      code: 'ENOTFOUND',
    });
    const failing = make({
      resolve: () => Promise.reject(Object.assign(new Error('x'), { code: 'EAI_AGAIN' })),
    });
    expect(await causeOf(failing('http://none.test/'))).toMatchObject({ code: 'EAI_AGAIN' });
  });
});

describe('requests', () => {
  test('redirects are never followed, whatever the request says', async () => {
    registry.quirks.redirect = { match: /redirected/, to: 'https://elsewhere.test/' };
    const response = await make()(`${plain.url}/v2/redirected/manifests/1`, {
      ...meant('x'),
      redirect: 'follow',
    });
    expect([response.status, response.headers.get('location')]).toEqual([307, 'https://elsewhere.test/']);
    registry.reset();
  });

  test('connections are kept', async () => {
    const ports = new Set<number | undefined>();
    const server = await serveHandler((_request, { incoming }) => {
      ports.add(incoming.socket.remotePort);
      return new Response('x');
    });
    const fetch = make();
    for (let i = 0; i < 3; i++) await (await fetch(server.url, meant('x'))).text();
    expect(ports.size).toBe(1);
    await server.close({ graceMs: 0 });
  });

  test('takes a Request and streams its body', async () => {
    const server = await serveHandler(
      async (request) => new Response(`${request.method} ${await request.text()}`),
    );
    const request = new Request(server.url, { method: 'PUT', body: 'some text' });
    expect(await (await make()(request, meant('x'))).text()).toBe('PUT some text');
    await server.close({ graceMs: 0 });
  });

  test('is aborted by its signal, before and while reading', async () => {
    const fetch = make();
    const abort = new AbortController();
    registry.quirks.slowBody = { match: /\/v2\/$/ };
    const response = await fetch(`${plain.url}/v2/`, { ...meant('x'), signal: abort.signal });
    const body = response.text();
    abort.abort(new Error('enough'));
    await expect(body).rejects.toThrow('enough');
    registry.reset();
    await expect(fetch(`${plain.url}/v2/`, { ...meant('x'), signal: abort.signal })).rejects.toThrow(
      'enough',
    );
  });
});

describe('private authorities', () => {
  test('are believed for their host alone, by host with port or by host', async () => {
    const url = `https://registry.test:${tls.port}/v2/`;
    for (const key of [`registry.test:${tls.port}`, 'registry.test']) {
      const fetch = make({ resolve, cas: new Map([[key, ca]]) });
      expect((await fetch(url, meant('registry.test'))).status).toBe(200);
      const other = fetch(`https://a.registry.test:${tls.port}/v2/`, meant('a.registry.test'));
      expect(await causeOf(other)).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    }
    expect(await causeOf(make({ resolve })(url, meant('registry.test')))).toBeInstanceOf(Error);
  });

  test('do not make another name right', async () => {
    const fetch = make({ resolve, cas: new Map([['wrong.test', ca]]) });
    expect(await causeOf(fetch(`https://wrong.test:${tls.port}/v2/`, meant('wrong.test')))).toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });
});

describe('proxies', () => {
  let proxy: Server;
  let address: string;
  let seen: string[];

  beforeAll(async () => {
    proxy = createServer((incoming, outgoing) => {
      seen.push(`${incoming.method} ${incoming.url} ${incoming.headers['proxy-authorization'] ?? ''}`.trim());
      outgoing.end('by the proxy');
    });
    proxy.on('connect', (incoming, socket) => {
      seen.push(`CONNECT ${incoming.url}`);
      const target = connect(tls.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        target.pipe(socket).pipe(target);
      });
      target.on('error', () => socket.destroy());
      socket.on('error', () => target.destroy());
    });
    await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
    address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    seen = [];
  });
  afterAll(() => {
    proxy.closeAllConnections();
    proxy.close();
  });

  test('https goes through a tunnel, with the authority of the host; the proxy resolves', async () => {
    seen.length = 0;
    const fail = () => Promise.reject(new Error('not resolved here'));
    const fetch = make({ proxy: { https: address }, resolve: fail, cas: new Map([['registry.test', ca]]) });
    expect((await fetch('https://registry.test/v2/')).status).toBe(200);
    expect(seen).toEqual(['CONNECT registry.test:443']);
    expect(await causeOf(fetch('https://a.registry.test/v2/'))).toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
  });

  test('http goes without a tunnel, with the credentials of the proxy', async () => {
    seen.length = 0;
    const fetch = make({ proxy: `http://me:pw@${address}` });
    expect(await (await fetch('http://registry.test/v2/?a=1')).text()).toBe('by the proxy');
    expect(seen).toEqual([`GET http://registry.test/v2/?a=1 Basic ${btoa('me:pw')}`]);
  });

  test('private addresses written as such are refused before the proxy is asked', async () => {
    seen.length = 0;
    const fetch = make({ proxy: address });
    for (const host of ['10.0.0.1', '[fd00::1]', '169.254.169.254']) {
      expect(await causeOf(fetch(`http://${host}/`))).toMatchObject({ code: 'registry.address_refused' });
    }
    expect(seen).toEqual([]);
    expect((await fetch('http://10.0.0.1/', meant('10.0.0.1'))).status).toBe(200);
  });

  test('NO_PROXY goes straight, and there addresses are checked', async () => {
    seen.length = 0;
    const fetch = make({ proxy: address, noProxy: 'registry.test', resolve });
    const url = `http://registry.test:${plain.port}/v2/`;
    expect(await causeOf(fetch(url))).toMatchObject({ code: 'registry.address_refused' });
    expect((await fetch(url, meant('registry.test'))).status).toBe(200);
    expect(seen).toEqual([]);
  });
});
