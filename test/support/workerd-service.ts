import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';
import { afterAll } from 'vitest';
import { workerBuildOptions } from '../../scripts/worker-build-options.ts';
import type { TestService, TestServiceOptions } from './service.ts';

// One workerd for a test file; every service in it has an id of its own and its own network, told apart by the id in
// the host name that no other service uses.
let miniflare: Promise<Miniflare> | undefined;
let next = 0;
let network: TestServiceOptions['network'] = async () => new Response(null, { status: 599 });

afterAll(async () => {
  await (await miniflare)?.dispose();
  miniflare = undefined;
});

async function bundle(): Promise<string> {
  const result = await build({
    ...workerBuildOptions,
    entryPoints: [fileURLToPath(new URL('./worker.ts', import.meta.url))],
    write: false,
  });
  return result.outputFiles?.[0]?.text ?? '';
}

async function start(): Promise<Miniflare> {
  const instance = new Miniflare({
    modules: true,
    script: await bundle(),
    compatibilityDate: '2026-11-01',
    compatibilityFlags: ['nodejs_compat'],
    // biome-ignore lint/suspicious/noExplicitAny: Miniflare's Request and Response are undici's, the same in all but type
    outboundService: async (request: any) => {
      const init: RequestInit = { method: request.method, headers: [...request.headers], redirect: 'manual' };
      if (request.body !== null) init.body = await request.arrayBuffer();
      // biome-ignore lint/suspicious/noExplicitAny: as above
      return (await network(new Request(request.url, init))) as any;
    },
  });
  await instance.ready;
  return instance;
}

/** A service in workerd. A suite's services share one network: the last one given. */
export async function startWorkerdService(options: TestServiceOptions): Promise<TestService> {
  miniflare ??= start();
  const instance = await miniflare;
  const id = `service-${next++}`;
  network = options.network;
  const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
    network = options.network;
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
    return new Response(answer.status === 204 ? null : bytes, { status: answer.status, headers: [...answer.headers] });
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
