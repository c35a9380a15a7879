import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { expect, test } from 'vitest';
import { createMemoryRegistry } from '../../src/memory-registry/index.ts';
import { fallbackTag } from '../../src/oci/index.ts';
import { EMPTY, referrer } from './box.ts';
import { OCI_MANIFEST, REF } from './support.ts';

const index = fileURLToPath(new URL('../../src/oci/index.ts', import.meta.url));

test('workerd’s own fetch writes blobs, manifests and referrers', async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { createRegistryClient, parseReference } from ${JSON.stringify(index)};
        export default { async fetch(request) {
          const { host, repository, blobs, manifest, referrer, type } = await request.json();
          const client = createRegistryClient({ fetch, clock: Date.now, registries: [{ host }] });
          const ref = parseReference(\`oci://\${host}/\${repository}\`);
          const session = client.session({ action: 'push' });
          const bytes = (text) => new TextEncoder().encode(text);
          for (const blob of blobs) await session.putBlob(ref, bytes(blob));
          const { digest } = await session.putManifest(ref, '1.2.3', bytes(manifest), type);
          const toAttach = JSON.parse(referrer);
          toAttach.subject.digest = digest;
          const attached = await session.attachReferrer(ref, bytes(JSON.stringify(toAttach)), type, digest);
          return Response.json({ digest, attached, stats: session.stats });
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
  const registry = createMemoryRegistry({ host: REF.host });
  registry.quirks.noReferrers = true;
  const manifest = JSON.stringify({ schemaVersion: 2, config: EMPTY, layers: [] });
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      modules: true,
      script: outputFiles[0]?.text ?? '',
      compatibilityDate: '2026-10-01',
      compatibilityFlags: ['nodejs_compat'],
      outboundService: async (request: Request) => {
        const { url, method, headers } = request;
        const body = method === 'PUT' || method === 'POST' ? await request.arrayBuffer() : undefined;
        const plain = new Request(url, { method, headers: [...headers], ...(body && { body }) });
        const answer = await registry.fetch(plain);
        return new Response(await answer.arrayBuffer(), answer);
      },
    } as never),
    telemetry: { enabled: false },
  });
  try {
    const one = referrer(`sha256:${'0'.repeat(64)}` as never);
    const answer = await miniflare.dispatchFetch('http://worker.test/', {
      method: 'POST',
      body: JSON.stringify({
        host: REF.host,
        repository: REF.repository,
        blobs: ['{}', 'signed text'],
        manifest,
        referrer: new TextDecoder().decode(one.bytes),
        type: OCI_MANIFEST,
      }),
    });
    const text = await answer.text();
    expect(text).toContain('"store":"tag"');
    const { digest } = JSON.parse(text);
    expect(new TextDecoder().decode(registry.getManifest(REF.repository, '1.2.3')?.bytes)).toBe(manifest);
    expect(registry.getManifest(REF.repository, fallbackTag(digest))).toBeDefined();
  } finally {
    await miniflare.dispose();
  }
});
