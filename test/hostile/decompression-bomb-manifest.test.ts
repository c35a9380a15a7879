import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRegistryClient, parseReference } from '../../src/oci/index.ts';
import { failure, NOW } from '../oci/support.ts';

// 64 MiB of spaces in 64 KiB: the limit must count what comes out, not what went in.
const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '));
const server = createServer((_, response) => {
  response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bomb.byteLength }).end(bomb);
});

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

it('a manifest that grows beyond its limit when decoded is refused', async () => {
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createRegistryClient({ fetch, clock: () => NOW, registries: [{ host, plainHttp: true }] });
  const session = client.session();
  const error = await failure(session.getManifest(parseReference(`${host}/app:1`), '1'));
  expect(error).toMatchObject({ code: 'registry.too_large', retryable: false });
  expect(session.stats.bytes).toBeLessThan(8 * 1024 * 1024);
});
