import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createMemoryRegistry, type Quirks } from '../../src/memory-registry/index.ts';
import { createRegistryClient, type RegistrySession } from '../../src/oci/index.ts';
import { createNodeFetch, type NodeFetch } from '../../src/platform/node/fetch.ts';
import { type RunningServer, serveHandler } from '../../src/platform/node/serve-handler.ts';

// The registry client, Node's fetch and the memory registry behind TLS on a real socket: what in-process tests take
// for granted (lengths, resets, unpacking, aborts) must hold there too.

const pem = (name: string) => readFile(new URL(`../fixtures/tls/${name}`, import.meta.url), 'utf8');
const registry = createMemoryRegistry();
const connections = new Set<number | undefined>();
let server: RunningServer;
let fetch: NodeFetch;
let host: string;

beforeAll(async () => {
  server = await serveHandler(
    (request, { incoming }) => {
      connections.add(incoming.socket.remotePort);
      return registry.fetch(request);
    },
    { tls: { cert: await pem('server.pem'), key: await pem('server-key.pem') } },
  );
  host = `registry.test:${server.port}`;
  fetch = createNodeFetch({
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    cas: new Map([[host, await pem('ca.pem')]]),
  });
  await registry.pushChart('charts/app', '1.0.0', {
    archive: new Uint8Array(100),
    prov: new TextEncoder().encode('p'.repeat(1000)),
  });
});
afterEach(() => registry.reset());
afterAll(async () => {
  await fetch.close();
  await server.close({ graceMs: 0 });
});

interface Asking {
  password?: string;
  requestTimeoutMs?: number;
}

function session({ password, requestTimeoutMs = 30_000 }: Asking = {}): RegistrySession {
  const client = createRegistryClient({
    fetch,
    clock: () => Date.parse('2026-11-23T12:00:00Z'),
    registries: [
      {
        host,
        ...(password !== undefined && { credentials: { kind: 'basic' as const, username: 'me', password } }),
      },
    ],
    sleep: async () => {},
    limits: { requestTimeoutMs },
  });
  return client.session({});
}

async function read(one: RegistrySession): Promise<string> {
  const reference = { host, repository: 'charts/app', tag: '1.0.0' };
  const manifest = await one.getManifest(reference, '1.0.0');
  if (manifest.body.kind !== 'image') throw new Error('no image');
  const prov = manifest.body.layers.find((layer) => layer.mediaType.endsWith('.prov'));
  if (prov === undefined) throw new Error('no provenance');
  return new TextDecoder().decode(await one.getBlob(reference, prov, 10_000));
}

test('two requests on one connection', async () => {
  connections.clear();
  const one = session();
  expect(await read(one)).toBe('p'.repeat(1000));
  expect(registry.count()).toBe(2);
  expect(connections.size).toBe(1);
});

test('a token service with credentials', async () => {
  registry.quirks.auth = {
    token: { realm: `https://${host}/token`, service: 'registry', users: { me: 'secret' }, post: true },
  };
  expect(await read(session({ password: 'secret' }))).toBe('p'.repeat(1000));
  await expect(read(session({ password: 'wrong' }))).rejects.toMatchObject({
    code: 'registry.unauthorized',
    retryable: false,
  });
});

test('a packed answer, and one that comes late', async () => {
  registry.quirks.gzip = true;
  expect(await read(session())).toBe('p'.repeat(1000));
  const release = Promise.withResolvers<void>();
  registry.quirks = { slowBody: { match: /blobs/, release: release.promise } };
  const reading = read(session());
  release.resolve();
  expect(await reading).toBe('p'.repeat(1000));
});

test.each<[string, Quirks, string, boolean]>([
  ['resets', { reset: true }, 'registry.unavailable', true],
  ['stalls', { stall: true }, 'registry.timeout', true],
  ['stops in a body', { slowBody: { match: /blobs/ } }, 'registry.timeout', true],
  ['ends a body early', { truncate: { match: /blobs/ } }, 'registry.truncated', true],
  [
    'names too great a length',
    { wrongContentLength: { match: /blobs/, delta: 9 } },
    'registry.truncated',
    true,
  ],
  ['sends without end', { oversize: /blobs/ }, 'registry.too_large', false],
  ['sends other bytes', { wrongBytes: /blobs/ }, 'registry.digest_mismatch', false],
  ['redirects inside', { redirect: { to: 'https://10.0.0.1{path}' } }, 'registry.redirect_refused', false],
  // Every name leads to this machine here.
  [
    'redirects to a name that leads inside',
    { redirect: { to: 'https://cdn.example.net{path}' } },
    'registry.address_refused',
    false,
  ],
  ['is rate limiting', { status: { status: 429, retryAfter: 1 } }, 'registry.rate_limited', true],
  ['fails', { status: { status: 500 } }, 'registry.unavailable', true],
])('a registry that %s', async (_what, quirks, code, retryable) => {
  registry.quirks = quirks;
  // The time of those that are silent; the others need what the machine needs.
  const own = code === 'registry.timeout' ? { requestTimeoutMs: 300 } : {};
  const error = await read(session(own)).catch((e: unknown) => e);
  expect(error).toMatchObject({ code, retryable });
});
