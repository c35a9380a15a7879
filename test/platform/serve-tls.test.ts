import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type StartServiceOptions, startService } from '../../src/node.ts';
import { configText, parse } from '../config/support.ts';
import { fixture } from '../support/fixtures.ts';

const pem = async (name: string) => new TextDecoder().decode(await fixture(`tls/${name}`));
const path = (name: string) => new URL(`../fixtures/tls/${name}`, import.meta.url).pathname;
const SEGMENT = 'kube-0123456789abcdef';

let folder = '';
let running: { close(): Promise<void> }[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chartseal-tls-'));
});
afterEach(async () => {
  await Promise.all(running.map((service) => service.close()));
  running = [];
  await rm(folder, { recursive: true });
});

async function start(options: Partial<StartServiceOptions> = {}) {
  const config = await parse(configText({ admission: { pathSecret: { secret: 'SEGMENT' } } }), {
    secret: (name) => (name === 'SEGMENT' ? SEGMENT : 'c'.repeat(32)),
  });
  await copyFile(path('server.pem'), join(folder, 'tls.crt'));
  await copyFile(path('server-key.pem'), join(folder, 'tls.key'));
  const logged: { message: string }[] = [];
  const service = await startService({
    config,
    tls: { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key'), clientCa: path('client-ca.pem') },
    log: (record) => logged.push(record),
    ...options,
  });
  running.push(service);
  return { service, logged };
}

interface Asked {
  path?: string;
  ca?: string;
  client?: string;
}

/** Status, and whom the server's certificate names. */
async function ask(url: string, { path: at = '/healthz', ca = 'ca.pem', client }: Asked = {}) {
  const identity = client && { cert: await pem(`${client}.pem`), key: await pem(`${client}-key.pem`) };
  const options = { ca: await pem(ca), ...(identity || {}), agent: false as const };
  const method = at === '/healthz' ? 'GET' : 'POST';
  return new Promise<[number | undefined, string | string[] | undefined]>((resolve, reject) => {
    const asking = request(`${url}${at}`, { ...options, method }, (answer) => {
      const { subject } = (answer.socket as TLSSocket).getPeerCertificate();
      answer.resume().once('end', () => resolve([answer.statusCode, subject.CN]));
    });
    asking.once('error', reject).end(method === 'POST' ? 'no JSON' : undefined);
  });
}

test('the service speaks TLS, and asks nobody for a certificate where none is needed', async () => {
  const { service } = await start();
  expect(service.url).toMatch(/^https:/);
  expect(await ask(service.url)).toEqual([200, 'chartseal test server']);
});

test('certificates that were replaced are taken into use without a restart', async () => {
  const { service, logged } = await start();
  expect(await service.reloadTls()).toBe(false);
  await copyFile(path('renewed.pem'), join(folder, 'tls.crt'));
  // The key comes a moment later: until then the old pair stays.
  expect(await service.reloadTls()).toBe(false);
  expect(logged.at(-1)?.message).toMatch(/the old ones stay/);
  expect(await ask(service.url)).toEqual([200, 'chartseal test server']);
  await copyFile(path('renewed-key.pem'), join(folder, 'tls.key'));
  expect(await service.reloadTls()).toBe(true);
  expect(await ask(service.url, { ca: 'client-ca.pem' })).toEqual([200, 'chartseal test server, renewed']);
});

test.each(['/admission/validate', '/admission/mutate', '/gatekeeper/verify', '/gatekeeper/mutate'])(
  '%s asks for a client certificate of the authority; the secret path does not',
  async (at) => {
    const { service } = await start();
    const status = async (asked: Asked) => (await ask(service.url, asked))[0];
    // 400: it was let in, and what it sent is no JSON.
    expect(await status({ path: at, client: 'client' })).toBe(400);
    expect(await status({ path: at })).toBe(401);
    expect(await status({ path: at, client: 'server' })).toBe(401);
    expect(await status({ path: `/k/${SEGMENT}${at}` })).toBe(400);
    expect(await status({ path: `/k/${SEGMENT}x${at}`, client: 'client' })).toBe(404);
  },
);

test.each([
  ['a key of another certificate', 'renewed-key.pem', /cannot be used together/],
  ['a certificate for a key', 'server.pem', /--tls-key .* holds no private key/],
  ['no file', 'missing.pem', /--tls-key .* cannot be read \(ENOENT\)/],
])('%s is refused at start', async (_, key, message) => {
  const tls = { cert: path('server.pem'), key: path(key) };
  await expect(start({ tls })).rejects.toMatchObject({
    code: 'config.invalid',
    message: expect.stringMatching(message),
  });
});

test('a file that is no key is not shown', async () => {
  await writeFile(join(folder, 'odd'), 'hunter2');
  const tls = { cert: path('server.pem'), key: join(folder, 'odd') };
  const error = await start({ tls }).catch((thrown: Error) => thrown);
  expect(String((error as Error).message)).not.toContain('hunter2');
});
