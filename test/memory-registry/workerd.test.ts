import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { expect, test } from 'vitest';

const index = fileURLToPath(new URL('../../src/memory-registry/index.ts', import.meta.url));

test('the same registry runs in workerd', async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { createMemoryRegistry } from ${JSON.stringify(index)};
        const registry = createMemoryRegistry();
        export default { async fetch(request) {
          if (new URL(request.url).pathname !== '/push') return registry.fetch(request);
          registry.quirks = await request.json();
          const chart = { archive: new Uint8Array(3), config: { name: 'app', version: '1.0.0' } };
          return Response.json(await registry.pushChart('app', '1.0.0', chart));
        } };`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    format: 'esm',
    target: 'es2023',
    conditions: ['workerd', 'worker'],
    external: ['node:*'],
    write: false,
  });
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      modules: true,
      script: outputFiles[0]?.text ?? '',
      compatibilityDate: '2026-10-01',
      compatibilityFlags: ['nodejs_compat'],
    }),
    telemetry: { enabled: false },
  });
  try {
    const push = async (quirks: object) => {
      const answer = await miniflare.dispatchFetch('http://registry.test/push', {
        method: 'POST',
        body: JSON.stringify(quirks),
      });
      return (await answer.json()) as { digest: string };
    };
    const read = () => miniflare.dispatchFetch('http://registry.test/v2/app/manifests/1.0.0');
    const { digest } = await push({});
    const good = await read();
    expect([good.status, good.headers.get('docker-content-digest')]).toEqual([200, digest]);
    const text = await good.text();
    expect(text).toContain('"schemaVersion":2');
    await push({ gzip: {} });
    expect(await (await read()).text()).toBe(text);
    await push({ status: { status: 503 } });
    expect((await read()).status).toBe(503);
  } finally {
    await miniflare.dispose();
  }
});
