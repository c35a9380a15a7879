import { convertV4MiniflareOptions, Miniflare, Response as MiniflareResponse } from 'miniflare';
import { afterAll, inject } from 'vitest';
import type { TestService, TestServiceOptions } from './service.ts';

// One workerd for a test file, with as many services in it as the suite starts. It has one network: that of the
// service asked last, which is enough as a suite asks one at a time.
let miniflare: Promise<Miniflare> | undefined;
let next = 0;
let hosts: TestServiceOptions['hosts'] = {};

afterAll(async () => {
  await (await miniflare)?.dispose();
  miniflare = undefined;
});

async function start(): Promise<Miniflare> {
  const options = convertV4MiniflareOptions({
    modules: true,
    script: inject('workerScript'),
    compatibilityDate: '2026-10-01',
    compatibilityFlags: ['nodejs_compat'],
    // Miniflare's Request and Response are undici's: the same as Node's in all but type.
    outboundService: async (request) => {
      const host = hosts[new URL(request.url).host];
      if (host === undefined) return new MiniflareResponse('no such host', { status: 523 });
      const init: RequestInit = { method: request.method, headers: [...request.headers], redirect: 'manual' };
      if (request.body !== null) init.body = await request.arrayBuffer();
      return (await host.fetch(new Request(request.url, init))) as unknown as MiniflareResponse;
    },
  });
  const instance = new Miniflare({ ...options, telemetry: { enabled: false } });
  await instance.ready;
  return instance;
}

/** Starts a service in workerd. */
export async function startWorkerdService(options: TestServiceOptions): Promise<TestService> {
  miniflare ??= start();
  const instance = await miniflare;
  const id = `service-${next++}`;
  const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
    hosts = options.hosts;
    const headers = new Headers(init.headers);
    headers.set('x-test-service', id);
    const request = new Request(`http://chartseal.test${path}`, { ...init, headers });
    const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
    const answer = await instance.dispatchFetch(`http://chartseal.test${path}`, {
      method: request.method,
      headers: [...request.headers],
      ...(body === undefined ? {} : { body }),
    });
    const bytes = await answer.arrayBuffer();
    return new Response(answer.status === 204 || answer.status === 304 ? null : bytes, {
      status: answer.status,
      headers: [...answer.headers],
    });
  };
  const files = Object.fromEntries(
    Object.entries(options.files ?? {}).map(([path, bytes]) => [path, Buffer.from(bytes).toString('base64')]),
  );
  const started = await call('/__start', {
    method: 'POST',
    body: JSON.stringify({
      config: options.config,
      files,
      secrets: options.secrets ?? {},
      now: options.now ?? Date.UTC(2026, 10, 23, 12),
      auditRefuses: options.auditRefuses ?? [],
    }),
  });
  if (!started.ok) throw new Error(`the service did not start: ${await started.text()}`);
  return {
    fetch: call,
    setNow: async (now) => {
      await call('/__now', { method: 'POST', body: String(now) });
    },
    logs: async () => (await call('/__logs')).json() as Promise<string[]>,
  };
}
