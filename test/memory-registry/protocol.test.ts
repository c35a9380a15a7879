import { expect, test } from 'vitest';
import { createMemoryRegistry, createRegistryNetwork, HELM_TYPES } from '../../src/memory-registry/index.ts';

const base = 'https://registry.test/v2';
const zero = `sha256:${'0'.repeat(64)}`;

function setUp() {
  const registry = createMemoryRegistry();
  return { registry, fetch: createRegistryNetwork({ 'registry.test': registry }) };
}

async function digestOf(text: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return `sha256:${Buffer.from(hash).toString('hex')}`;
}

async function errorCode(response: Response): Promise<string> {
  const body = (await response.json()) as { errors: { code: string }[] };
  return body.errors[0]?.code ?? '';
}

test('answers the ping; knows no other path', async () => {
  const { fetch } = setUp();
  expect((await fetch(`${base}/`)).status).toBe(200);
  expect((await fetch('https://registry.test/')).status).toBe(404);
  expect((await fetch(`${base}/UPPER/manifests/x`)).status).toBe(404);
});

test('push as Helm does it: blobs by POST and PUT, the manifest by digest and then by tag', async () => {
  const { fetch, registry } = setUp();
  const blob = await digestOf('content');
  expect((await fetch(`${base}/a/b/blobs/${blob}`, { method: 'HEAD' })).status).toBe(404);
  const start = await fetch(`${base}/a/b/blobs/uploads/`, { method: 'POST' });
  expect(start.status).toBe(202);
  const location = new URL(start.headers.get('location') ?? '', 'https://registry.test');
  location.searchParams.set('digest', blob);
  const put = await fetch(location, { method: 'PUT', body: 'content' });
  expect(put.status).toBe(201);
  expect(put.headers.get('docker-content-digest')).toBe(blob);

  const descriptor = { mediaType: HELM_TYPES.config, digest: blob, size: 7 };
  const manifest = JSON.stringify({ schemaVersion: 2, config: descriptor, layers: [descriptor] });
  const digest = await digestOf(manifest);
  const headers = { 'content-type': HELM_TYPES.manifest };
  for (const which of [digest, '1.0.0']) {
    const done = await fetch(`${base}/a/b/manifests/${which}`, { method: 'PUT', headers, body: manifest });
    expect(done.status).toBe(201);
    expect(done.headers.get('docker-content-digest')).toBe(digest);
  }
  const head = await fetch(`${base}/a/b/manifests/1.0.0`, { method: 'HEAD' });
  expect(head.headers.get('docker-content-digest')).toBe(digest);
  expect(head.headers.get('content-length')).toBe(String(manifest.length));
  expect(await (await fetch(`${base}/a/b/manifests/${digest}`)).text()).toBe(manifest);
  expect(registry.tags('a/b')).toEqual(['1.0.0']);
});

test('uploads in chunks; keeps track of the range; refuses a wrong digest', async () => {
  const { fetch, registry } = setUp();
  registry.quirks.absoluteLocations = true;
  const digest = await digestOf('one two');
  let location = (await fetch(`${base}/r/blobs/uploads/`, { method: 'POST' })).headers.get('location') ?? '';
  expect(location).toMatch(/^https:\/\/registry\.test\/v2\/r\/blobs\/uploads\/upload-1\?_state=/);
  const first = await fetch(location, { method: 'PATCH', body: 'one ', headers: { 'content-range': '0-3' } });
  expect([first.status, first.headers.get('range')]).toEqual([202, '0-3']);
  const gap = await fetch(location, { method: 'PATCH', body: 'x', headers: { 'content-range': '9-9' } });
  expect(gap.status).toBe(416);
  location = first.headers.get('location') ?? '';
  const put = await fetch(`${location}&digest=${digest}`, { method: 'PUT', body: 'two' });
  expect(put.status).toBe(201);
  expect(await (await fetch(`${base}/r/blobs/${digest}`)).text()).toBe('one two');

  const wrong = await fetch(`${base}/r/blobs/uploads/?digest=${zero}`, { method: 'POST', body: 'x' });
  expect([wrong.status, await errorCode(wrong)]).toEqual([400, 'DIGEST_INVALID']);
});

test('an upload whose state was lost is unknown', async () => {
  const { fetch } = setUp();
  const start = await fetch(`${base}/r/blobs/uploads/`, { method: 'POST' });
  const path = (start.headers.get('location') ?? '').split('?')[0];
  const put = await fetch(`https://registry.test${path}?digest=${zero}`, { method: 'PUT', body: 'x' });
  expect([put.status, await errorCode(put)]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN']);
});

test('mounts a blob of another repository, or starts an upload', async () => {
  const { fetch, registry } = setUp();
  const digest = await registry.putBlob('from/here', new TextEncoder().encode('x'));
  const mount = (which: string) =>
    fetch(`${base}/to/there/blobs/uploads/?mount=${which}&from=from/here`, { method: 'POST' });
  expect((await mount(digest)).status).toBe(201);
  expect(registry.getBlob('to/there', digest)).toBeDefined();
  expect((await mount(zero)).status).toBe(202);
});

test('blob ranges', async () => {
  const { fetch, registry } = setUp();
  const digest = await registry.putBlob('r', new TextEncoder().encode('0123456789'));
  const part = await fetch(`${base}/r/blobs/${digest}`, { headers: { range: 'bytes=2-4' } });
  expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
    206,
    'bytes 2-4/10',
    '234',
  ]);
});

test('refuses a manifest whose blobs are missing, whose digest is another or whose type contradicts itself', async () => {
  const { fetch } = setUp();
  const put = async (which: string, body: string, type = HELM_TYPES.manifest as string) => {
    const response = await fetch(`${base}/r/manifests/${which}`, {
      method: 'PUT',
      body,
      headers: { 'content-type': type },
    });
    return `${response.status} ${response.ok ? '' : await errorCode(response)}`;
  };
  expect(await put('a', JSON.stringify({ config: { digest: zero } }))).toBe('400 MANIFEST_BLOB_UNKNOWN');
  expect(await put(zero, '{}')).toBe('400 DIGEST_INVALID');
  expect(await put('a', '{')).toBe('400 MANIFEST_INVALID');
  expect(await put('a', JSON.stringify({ mediaType: 'x/y' }))).toBe('400 MANIFEST_INVALID');
  expect(await put('.a', '{}')).toBe('400 TAG_INVALID');
  expect(await put('a', ' '.repeat(4 * 1024 * 1024 + 1))).toBe('413 SIZE_INVALID');
});

test('tags in pages, by n, by last and by the size the registry likes', async () => {
  const { fetch, registry } = setUp();
  for (let i = 0; i < 25; i++) await registry.putManifest('r', `1.${i}.0`, {});
  const all = registry.tags('r');
  const walk = async (first: string) => {
    const seen: string[] = [];
    let pages = 0;
    for (let next: string | undefined = first; next; pages++) {
      const response: Response = await fetch(new URL(next, 'https://registry.test'));
      seen.push(...((await response.json()) as { tags: string[] }).tags);
      next = /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
    }
    return { seen, pages };
  };
  expect(await walk('/v2/r/tags/list')).toEqual({ seen: all, pages: 1 });
  expect(await walk('/v2/r/tags/list?n=10')).toEqual({ seen: all, pages: 3 });
  registry.quirks.pageSize = 5;
  expect(await walk('/v2/r/tags/list?n=10')).toEqual({ seen: all, pages: 5 });
  expect((await walk(`/v2/r/tags/list?last=${all[20]}`)).seen).toEqual(all.slice(21));
  expect((await fetch(`${base}/nowhere/tags/list`)).status).toBe(404);
});

test('referrers, filtered and not; 404 where the registry has none', async () => {
  const { fetch, registry } = setUp();
  const subject = await registry.putManifest('r', '1', { schemaVersion: 2 });
  const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: zero, size: 2 };
  const signature = await registry.putManifest('r', undefined, {
    schemaVersion: 2,
    artifactType: 'example/signature',
    config,
    subject: { mediaType: HELM_TYPES.manifest, digest: subject, size: 1 },
    annotations: { a: 'b' },
  });
  const list = async (query = '') => {
    const response = await fetch(`${base}/r/referrers/${subject}${query}`);
    return { response, body: (await response.json()) as { manifests: { digest: string }[] } };
  };
  const { body } = await list();
  expect(body.manifests).toMatchObject([
    { digest: signature, artifactType: 'example/signature', annotations: { a: 'b' } },
  ]);
  const filtered = await list('?artifactType=other');
  expect(filtered.body.manifests).toEqual([]);
  expect(filtered.response.headers.get('oci-filters-applied')).toBe('artifactType');
  const put = async () => {
    const response = await fetch(`${base}/r/manifests/x`, {
      method: 'PUT',
      headers: { 'content-type': HELM_TYPES.manifest },
      body: JSON.stringify({ subject: { digest: subject } }),
    });
    return response.headers.get('oci-subject');
  };
  expect(await put()).toBe(subject);
  registry.quirks.noReferrers = true;
  expect(await put()).toBeNull();
  expect((await fetch(`${base}/r/referrers/${subject}`)).status).toBe(404);
});

test('If-Match guards a tag where it is honoured; If-None-Match spares the body', async () => {
  const { fetch, registry } = setUp();
  registry.quirks.honourIfMatch = true;
  const digest = await registry.putManifest('r', 'tag', { schemaVersion: 2 });
  const put = (etag: string) =>
    fetch(`${base}/r/manifests/tag`, {
      method: 'PUT',
      headers: { 'if-match': etag },
      body: '{"schemaVersion":3}',
    });
  expect((await put(`"${zero}"`)).status).toBe(412);
  expect((await put(`"${digest}"`)).status).toBe(201);
  const now = registry.getManifest('r', 'tag')?.digest;
  const read = await fetch(`${base}/r/manifests/tag`, { headers: { 'if-none-match': `"${now}"` } });
  expect(read.status).toBe(304);
  registry.quirks.honourIfMatch = false;
  expect((await put(`"${zero}"`)).status).toBe(201);
});

test('deletes tags and manifests', async () => {
  const { fetch, registry } = setUp();
  const digest = await registry.putManifest('r', 'a', {});
  await registry.putManifest('r', 'b', {});
  const remove = (which: string) => fetch(`${base}/r/manifests/${which}`, { method: 'DELETE' });
  expect((await remove('a')).status).toBe(202);
  expect(registry.tags('r')).toEqual(['b']);
  expect((await remove(digest)).status).toBe(202);
  expect(registry.tags('r')).toEqual([]);
  expect((await remove(digest)).status).toBe(404);
});

test('the network knows its hosts alone, with their ports, and follows no redirect by itself', async () => {
  const { registry, fetch } = setUp();
  const other = createRegistryNetwork({ 'registry.test:5000': registry });
  await expect(fetch('https://elsewhere.test/v2/')).rejects.toThrow('fetch failed');
  await expect(other('https://registry.test/v2/')).rejects.toThrow('fetch failed');
  const response = await other('http://registry.test:5000/v2/');
  expect([response.status, response.url]).toEqual([200, 'http://registry.test:5000/v2/']);
  registry.quirks.redirect = { to: 'https://cdn.test{path}' };
  await expect(fetch(`${base}/`)).rejects.toThrow('fetch failed');
  const manual = await fetch(`${base}/`, { redirect: 'manual' });
  expect([manual.status, manual.headers.get('location')]).toEqual([307, 'https://cdn.test/v2/']);
});
