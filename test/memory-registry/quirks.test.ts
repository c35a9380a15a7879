import { expect, test } from 'vitest';
import { createMemoryRegistry, createRegistryNetwork } from '../../src/memory-registry/index.ts';

const content = 'some content of a blob';

async function setUp() {
  const registry = createMemoryRegistry();
  const digest = await registry.putBlob('r', new TextEncoder().encode(content));
  await registry.putManifest('r', 'tag', { schemaVersion: 2 });
  const blob = `https://registry.test/v2/r/blobs/${digest}`;
  const manifest = 'https://registry.test/v2/r/manifests/tag';
  return { registry, blob, manifest, fetch: createRegistryNetwork({ 'registry.test': registry }) };
}

test('status by expression, a number of times, with Retry-After; a list of them', async () => {
  const { registry, blob, manifest, fetch } = await setUp();
  registry.quirks.status = [
    { match: /\/manifests\//, status: 503, times: 2, retryAfter: 7 },
    { match: /^HEAD /, status: 429, body: 'slow down' },
  ];
  expect((await fetch(blob)).status).toBe(200);
  const first = await fetch(manifest);
  expect([first.status, first.headers.get('retry-after')]).toEqual([503, '7']);
  expect((await fetch(manifest)).status).toBe(503);
  expect((await fetch(manifest)).status).toBe(200);
  expect((await fetch(manifest, { method: 'HEAD' })).status).toBe(429);
});

test('an expression with the global flag matches every time', async () => {
  const { registry, blob, fetch } = await setUp();
  registry.quirks.status = { match: /blobs/g, status: 500 };
  expect([(await fetch(blob)).status, (await fetch(blob)).status]).toEqual([500, 500]);
});

test('no digest header; no HEAD; strict about Accept', async () => {
  const { registry, manifest, fetch } = await setUp();
  registry.quirks.noDigestHeader = true;
  expect((await fetch(manifest)).headers.has('docker-content-digest')).toBe(false);
  registry.quirks = { noHead: true };
  expect((await fetch(manifest, { method: 'HEAD' })).status).toBe(405);
  registry.quirks = { strictAccept: true };
  expect((await fetch(manifest, { headers: { accept: 'application/json' } })).status).toBe(404);
  const types = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json;q=0.9';
  expect((await fetch(manifest, { headers: { accept: types } })).status).toBe(200);
});

test('gzip: packed on the wire, unpacked by the network as fetch does', async () => {
  const { registry, blob, fetch } = await setUp();
  registry.quirks.gzip = true;
  const raw = await registry.fetch(new Request(blob));
  expect(raw.headers.get('content-encoding')).toBe('gzip');
  expect([...new Uint8Array(await raw.arrayBuffer()).slice(0, 2)]).toEqual([0x1f, 0x8b]);
  expect(await (await fetch(blob)).text()).toBe(content);
});

test('wrong bytes, wrong length, truncated', async () => {
  const { registry, blob, fetch } = await setUp();
  registry.quirks.wrongBytes = { times: 1 };
  const wrong = await (await fetch(blob)).text();
  expect(wrong).not.toBe(content);
  expect(wrong.length).toBe(content.length);
  expect(await (await fetch(blob)).text()).toBe(content);
  registry.quirks = { wrongContentLength: { delta: 5 } };
  expect((await fetch(blob)).headers.get('content-length')).toBe(String(content.length + 5));
  expect((await fetch(blob, { method: 'HEAD' })).headers.get('content-length')).toBe(
    String(content.length + 5),
  );
  registry.quirks = { truncate: { bytes: 4 } };
  const cut = await fetch(blob);
  expect(cut.headers.get('content-length')).toBe(String(content.length));
  expect(await cut.text()).toBe(content.slice(0, 4));
});

test('oversize: a body without end, that can be given up', async () => {
  const { registry, blob, fetch } = await setUp();
  registry.quirks.oversize = /\/blobs\//;
  const response = await fetch(blob);
  expect(response.headers.has('content-length')).toBe(false);
  const reader = response.body!.getReader();
  let size = 0;
  while (size < 1_000_000) size += (await reader.read()).value?.length ?? 0;
  await reader.cancel();
});

test('stall answers nothing until it is aborted', async () => {
  const { registry, blob, fetch } = await setUp();
  registry.quirks.stall = true;
  const abort = new AbortController();
  const answer = fetch(blob, { signal: abort.signal });
  await Promise.resolve();
  abort.abort(new Error('enough'));
  await expect(answer).rejects.toThrow('enough');
  expect(registry.count()).toBe(1);
});

test('a slow body goes on when it is released', async () => {
  const { registry, blob, fetch } = await setUp();
  const release = Promise.withResolvers<void>();
  registry.quirks.slowBody = { firstBytes: 4, release: release.promise };
  const reader = (await fetch(blob)).body!.getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe(content.slice(0, 4));
  const rest = reader.read();
  release.resolve();
  expect(new TextDecoder().decode((await rest).value)).toBe(content.slice(4));
  expect((await reader.read()).done).toBe(true);
});

test('a slow body fails when its request is aborted', async () => {
  const { registry, blob, fetch } = await setUp();
  registry.quirks.slowBody = {};
  const abort = new AbortController();
  const reader = (await fetch(blob, { signal: abort.signal })).body!.getReader();
  await reader.read();
  const rest = reader.read();
  abort.abort(new Error('enough'));
  await expect(rest).rejects.toThrow('enough');
});

test('a reset is a TypeError, as often as it was asked for', async () => {
  const { registry, blob, fetch } = await setUp();
  registry.quirks.reset = { match: /blobs/, times: 1 };
  await expect(fetch(blob)).rejects.toThrow(TypeError);
  expect((await fetch(blob)).status).toBe(200);
});

test('latency is waited for by the sleep that was given', async () => {
  const waited: number[] = [];
  const registry = createMemoryRegistry({ sleep: async (ms) => void waited.push(ms) });
  registry.quirks.latencyMs = 50;
  await registry.fetch(new Request('https://registry.test/v2/'));
  expect(waited).toEqual([50]);
});

test('redirects by expression and by function', async () => {
  const { registry, blob, fetch } = await setUp();
  registry.quirks.redirect = [
    { match: /blobs/, times: 1, to: (url) => `https://cdn.test/${url.pathname.slice(-5)}`, status: 302 },
    { match: /blobs/, to: 'http://10.0.0.1{path}' },
  ];
  const first = await fetch(blob, { redirect: 'manual' });
  expect([first.status, first.headers.get('location')]).toEqual([302, `https://cdn.test/${blob.slice(-5)}`]);
  const second = await fetch(blob, { redirect: 'manual' });
  expect(second.headers.get('location')).toBe(blob.replace('https://registry.test', 'http://10.0.0.1'));
});

test('immutable tags, each registry in its way', async () => {
  const { registry, manifest, fetch } = await setUp();
  const same = JSON.stringify({ schemaVersion: 2 });
  const put = async (url: string, body: string) => {
    const response = await fetch(url, { method: 'PUT', body });
    if (response.ok) return response.status;
    const { errors } = (await response.json()) as { errors: [{ code: string; message: string }] };
    expect(errors[0].message).toContain('tag');
    return `${response.status} ${errors[0].code}`;
  };
  for (const [kind, moved, repeated] of [
    ['docker', '403 DENIED', 201],
    ['harbor', '412 PRECONDITION', '412 PRECONDITION'],
    ['ecr', '400 TAG_INVALID', '400 TAG_INVALID'],
    ['google', '400 MANIFEST_INVALID', '400 MANIFEST_INVALID'],
    ['quay', '409 TAG_IMMUTABLE', '409 TAG_IMMUTABLE'],
  ] as const) {
    registry.quirks.immutableTags = kind;
    expect(await put(manifest, '{}')).toBe(moved);
    expect(await put(manifest, same)).toBe(repeated);
    expect(await put(manifest.replace(/tag$/, `new-${kind}`), '{}')).toBe(201);
  }
});

test('Azure locks a tag without saying that it is one', async () => {
  const { registry, manifest, fetch } = await setUp();
  registry.quirks.immutableTags = 'azure';
  const response = await fetch(manifest, { method: 'PUT', body: '{}' });
  expect(response.status).toBe(405);
  expect(await response.text()).toContain('REGISTRY_DISALLOWED_OPERATION');
});

const hex = '1'.repeat(64);
const fallback = `https://registry.test/v2/r/manifests/sha256-${hex}`;
const indexOf = (...digests: string[]) =>
  JSON.stringify({ schemaVersion: 2, manifests: digests.map((digest) => ({ digest })) });

test('a fallback index can be lost to another writer, who knew what was there before', async () => {
  const { registry, manifest, fetch } = await setUp();
  const put = (body: string) => fetch(fallback, { method: 'PUT', body });
  const entries = async () => {
    const { manifests } = (await (await fetch(fallback)).json()) as { manifests: { digest: string }[] };
    return manifests.map((one) => one.digest);
  };
  await put(indexOf('first'));
  registry.quirks.loseFallbackRace = { times: 1 };
  // Only writes of a fallback tag count.
  await fetch(manifest, { method: 'PUT', body: '{"a":1}' });
  expect((await put(indexOf('first', 'mine'))).status).toBe(201);
  const [first, racer, ...more] = await entries();
  expect([first, more]).toEqual(['first', []]);
  const other = (await (await fetch(fallback.replace(`sha256-${hex}`, racer ?? ''))).json()) as {
    subject: object;
  };
  expect(other.subject).toMatchObject({ digest: `sha256:${hex}` });
  await put(indexOf('first', 'mine'));
  expect(await entries()).toEqual(['first', 'mine']);
});

test('the fallback tag can lead to the subject itself, until it is written', async () => {
  const { registry, manifest, fetch } = await setUp();
  const digest = registry.getManifest('r', 'tag')?.digest ?? '';
  const tag = manifest.replace(/tag$/, digest.replace(':', '-'));
  expect((await fetch(tag)).status).toBe(404);
  registry.quirks.fallbackTagIsSubject = true;
  expect((await fetch(tag)).headers.get('docker-content-digest')).toBe(digest);
  await fetch(tag, { method: 'PUT', body: indexOf() });
  expect((await fetch(tag)).headers.get('docker-content-digest')).not.toBe(digest);
});

test('OCI-Subject without a referrers API; referrers in pages', async () => {
  const { registry, fetch } = await setUp();
  const subject = { digest: `sha256:${hex}` };
  const put = (n: number) =>
    fetch(`https://registry.test/v2/r/manifests/t${n}`, {
      method: 'PUT',
      body: JSON.stringify({ subject, n }),
    });
  const list = (query = '') => fetch(`https://registry.test/v2/r/referrers/sha256:${hex}${query}`);
  registry.quirks.subjectWithoutReferrers = true;
  expect((await put(1)).headers.get('oci-subject')).toBe(subject.digest);
  expect((await list()).status).toBe(404);
  registry.quirks = { referrersPageSize: 2 };
  await put(2);
  await put(3);
  const first = await list();
  const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
  expect(((await first.json()) as { manifests: unknown[] }).manifests).toHaveLength(2);
  const last = await fetch(new URL(next, 'https://registry.test'));
  expect(last.headers.get('link')).toBeNull();
  expect(((await last.json()) as { manifests: unknown[] }).manifests).toHaveLength(1);
});

test('the link to a further page can have more before its path', async () => {
  const { registry, fetch } = await setUp();
  await registry.putManifest('r', 'tag2', { schemaVersion: 2 });
  registry.quirks = { pageSize: 1, linkPrefix: 'http://registry.test/repository/hosted' };
  const { headers } = await fetch('https://registry.test/v2/r/tags/list');
  expect(headers.get('link')).toBe(
    '<http://registry.test/repository/hosted/v2/r/tags/list?last=tag&n=1>; rel="next"',
  );
});

test('the referrers API can tell the type of the config in place of the artifact type', async () => {
  const { registry, fetch } = await setUp();
  const artifactType = 'application/vnd.example.signature';
  await registry.putManifest('r', undefined, {
    subject: { digest: `sha256:${hex}` },
    artifactType,
    config: { mediaType: 'application/vnd.oci.empty.v1+json' },
  });
  const listed = async () => {
    const answer = await fetch(`https://registry.test/v2/r/referrers/sha256:${hex}`);
    return ((await answer.json()) as { manifests: { artifactType: string }[] }).manifests[0]?.artifactType;
  };
  expect(await listed()).toBe(artifactType);
  registry.quirks.configAsArtifactType = true;
  expect(await listed()).toBe('application/vnd.oci.empty.v1+json');
});

test('an answer can be lost after the work was done; an upload can lead elsewhere', async () => {
  const { registry, manifest, fetch } = await setUp();
  registry.quirks.loseAnswer = { match: /^PUT /, times: 1 };
  await expect(fetch(manifest, { method: 'PUT', body: '{"new":1}' })).rejects.toThrow('fetch failed');
  expect(new TextDecoder().decode(registry.getManifest('r', 'tag')?.bytes)).toBe('{"new":1}');
  registry.quirks = { uploadLocation: 'https://evil.test{path}' };
  const start = await fetch('https://registry.test/v2/r/blobs/uploads/', { method: 'POST' });
  expect(start.headers.get('location')).toMatch(
    /^https:\/\/evil\.test\/v2\/r\/blobs\/uploads\/upload-\d+\?_state=/,
  );
});

test('a manifest can lie under the digest of another', async () => {
  const { registry, fetch } = await setUp();
  const digest = `sha256:${'1'.repeat(64)}`;
  await registry.putManifest('r', digest, { other: true });
  const response = await fetch(`https://registry.test/v2/r/manifests/${digest}`);
  expect(response.headers.get('docker-content-digest')).toBe(digest);
  expect(await response.json()).toEqual({ other: true });
});

test('reset() forgets log and quirks, not the charts', async () => {
  const { registry, blob, fetch } = await setUp();
  registry.quirks.status = { status: 500 };
  await fetch(blob);
  registry.reset();
  expect(registry.requests).toEqual([]);
  expect((await fetch(blob)).status).toBe(200);
});
