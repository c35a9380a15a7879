import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { VERSION } from '../../src/base/version.ts';
import { MANIFEST_TYPES, parseReference } from '../../src/oci/index.ts';
import {
  BLOB,
  clientOf,
  descriptorOf,
  digestOf,
  failure,
  MANIFEST,
  manifestAnswer,
  NOW,
  REF,
} from './support.ts';

const PROV = descriptorOf(BLOB);

describe('manifests and blobs', () => {
  it('verify by tag on an open registry costs exactly two requests', async () => {
    const { session, seen } = clientOf(({ url }) =>
      url.includes('/blobs/') ? new Response(BLOB) : manifestAnswer(),
    );
    const manifest = await session.getManifest(REF, '1.2.3');
    const blob = await session.getBlob(REF, PROV, 1024);
    expect(manifest).toMatchObject({
      digest: digestOf(MANIFEST),
      mediaType: MANIFEST_TYPES.image,
      body: { kind: 'image' },
    });
    expect(new TextDecoder().decode(blob)).toBe(BLOB);
    expect(session.stats).toEqual({ requests: 2, tokenRequests: 0, bytes: MANIFEST.length + BLOB.length });
    expect(seen.map((one) => `${one.method} ${one.url}`)).toEqual([
      'GET https://registry.example.com/v2/charts/app/manifests/1.2.3',
      `GET https://registry.example.com/v2/charts/app/blobs/${PROV.digest}`,
    ]);
  });

  it('says who asks and what it can read', async () => {
    const { session, seen } = clientOf(() => manifestAnswer());
    await session.getManifest(REF, '1.2.3');
    expect(VERSION).toBe(packageJson.version);
    expect(seen[0]?.headers.get('user-agent')).toBe(`chartseal/${VERSION}`);
    for (const type of Object.values(MANIFEST_TYPES)) expect(seen[0]?.headers.get('accept')).toContain(type);
    expect(seen[0]?.init).toMatchObject({
      redirect: 'manual',
      chartseal: { mayBePrivate: true, host: 'registry.example.com' },
    });
    expect(seen[0]?.headers.has('authorization')).toBe(false);
  });

  it('calls fetch as a function, as workerd refuses it as a method', async () => {
    const { session } = clientOf(() => manifestAnswer(), {
      fetch: async function (this: unknown) {
        return this === undefined ? manifestAnswer() : Promise.reject(new TypeError('Illegal invocation'));
      } as typeof fetch,
    });
    await session.getManifest(REF, '1');
  });

  it('passes no-cache on', async () => {
    const { client, seen } = clientOf(() => manifestAnswer());
    await client.session({ noCache: true }).getManifest(REF, '1.2.3');
    expect(seen[0]?.headers.get('cache-control')).toBe('no-cache');
  });

  it('asks Docker Hub where it lives, and plain http where that is written', async () => {
    const hub = clientOf(() => manifestAnswer(), { registries: [{ host: 'index.docker.io' }] });
    await hub.session.getManifest(parseReference('oci://docker.io/team/app:1'), '1');
    expect(hub.seen[0]?.url).toBe('https://registry-1.docker.io/v2/team/app/manifests/1');
    const plain = clientOf(() => manifestAnswer(), { registries: [{ host: '[::1]:5000', plainHttp: true }] });
    await plain.session.getManifest(parseReference('oci://[0::1]:5000/app:1'), '1');
    expect(plain.seen[0]?.url).toBe('http://[::1]:5000/v2/app/manifests/1');
  });

  it('heads a tag, with or without a digest', async () => {
    const digest = digestOf(MANIFEST);
    const { session, seen } = clientOf(
      (_, i) => new Response(null, { headers: i === 0 ? { 'docker-content-digest': digest } : {} }),
    );
    expect(await session.headManifest(REF, '1.2.3')).toBe(digest);
    expect(await session.headManifest(REF, '1.2.3')).toBeUndefined();
    expect(seen[0]?.method).toBe('HEAD');
  });

  it('streams a blob and hashes it on the way', async () => {
    const { session } = clientOf(() => new Response(BLOB));
    const stream = await session.streamBlob(REF, PROV, 1024);
    expect(await new Response(stream).text()).toBe(BLOB);
    expect(session.stats.bytes).toBe(BLOB.length);
  });

  it('reads answers that fetch has decoded, whose Content-Length speaks of other bytes', async () => {
    const length = String(gzipSync(MANIFEST).byteLength);
    const { session } = clientOf(() =>
      manifestAnswer(MANIFEST, { 'content-encoding': 'gzip', 'content-length': length }),
    );
    expect((await session.getManifest(REF, '1.2.3')).digest).toBe(digestOf(MANIFEST));
  });

  it('runs blobs side by side, but no more than the bound', async () => {
    let running = 0;
    let most = 0;
    const { session } = clientOf(async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return new Response(BLOB);
    });
    await Promise.all(Array.from({ length: 12 }, () => session.getBlob(REF, PROV, 99)));
    expect(most).toBe(4);
  });
});

describe('refusals say what, where and what next', () => {
  it.each([
    [401, 'registry.unauthorized', false, 'credentials are wanted and none are configured'],
    [403, 'registry.unauthorized', false, 'answered 403 (DENIED: no)'],
    [404, 'chart.not_found', false, 'not there (DENIED: no)'],
    [400, 'registry.protocol', false, 'answered 400'],
    [405, 'registry.protocol', false, 'answered 405'],
    [304, 'registry.protocol', false, 'answered 304'],
    [206, 'registry.protocol', false, 'answered 206'],
  ])('%i is not asked again', async (status, code, retryable, words) => {
    const { session, seen } = clientOf(() => {
      const body = status === 304 ? null : '{"errors":[{"code":"DENIED","message":"no"}]}';
      return new Response(body, { status, headers: { 'content-type': 'application/json' } });
    });
    const error = await failure(session.getManifest(REF, '1.2.3'));
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).toContain('registry registry.example.com, manifest charts/app:1.2.3');
    expect(error.message).toContain(words);
    expect(seen).toHaveLength(1);
  });

  it('a missing blob is the chart that is broken, not absent', async () => {
    const { session } = clientOf(() => new Response('', { status: 404 }));
    expect(await failure(session.getBlob(REF, PROV, 99))).toMatchObject({ code: 'registry.blob_missing' });
  });

  it('a registry that is not listed is not asked', async () => {
    const { session, seen } = clientOf(() => manifestAnswer());
    const other = parseReference('oci://other.example.com/app:1');
    const error = await failure(session.getManifest(other, '1'));
    expect(error).toMatchObject({
      code: 'registry.not_listed',
      help: expect.stringContaining('other.example.com'),
    });
    expect(seen).toHaveLength(0);
  });

  it('error text of the registry is made harmless and cut', async () => {
    const message = `\u001b[31m${'x'.repeat(1000)}`;
    const { session } = clientOf(() => Response.json({ errors: [{ message }] }, { status: 404 }));
    const error = await failure(session.getManifest(REF, '1.2.3'));
    expect(error.message).toContain('\\u{1b}[31m');
    expect(error.message.length).toBeLessThan(400);
  });

  it('references made by hand are held to the grammar before they become a URL', async () => {
    const { session, seen } = clientOf(() => manifestAnswer());
    const hand = { host: 'registry.example.com', repository: '../../admin' };
    expect(await failure(session.getManifest(hand, '1'))).toMatchObject({ code: 'reference.invalid' });
    expect(await failure(session.getManifest(REF, '../x'))).toMatchObject({ code: 'reference.invalid' });
    expect(seen).toHaveLength(0);
  });

  it('TLS failures are told from connection failures', async () => {
    const failing = (code: string) =>
      clientOf(() =>
        Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) })),
      );
    const tls = failing('SELF_SIGNED_CERT_IN_CHAIN');
    expect(await failure(tls.session.getManifest(REF, '1'))).toMatchObject({
      code: 'registry.unavailable',
      retryable: false,
      help: expect.stringContaining('"ca"'),
    });
    expect(tls.seen).toHaveLength(1);
    const found = async (code: string) => await failure(failing(code).session.getManifest(REF, '1'));
    expect(await found('ENOTFOUND')).toMatchObject({
      message: expect.stringContaining('the name of the host is not known'),
      help: expect.stringContaining('how the host is written'),
      retryable: true,
    });
    expect((await found('ECONNREFUSED')).message).toContain('nothing listens at this host and port');
    expect(await failure(failing('EPROTO').session.getManifest(REF, '1'))).toMatchObject({
      code: 'registry.plain_http',
    });
  });
});

describe('what may pass is tried again', () => {
  const flaky = (...first: (Response | Error)[]) =>
    clientOf((_, i) => {
      const one = first[i];
      if (one instanceof Error) throw one;
      return one ?? manifestAnswer();
    });

  it('5xx and resets, with backoff and jitter', async () => {
    const { session, slept } = flaky(new Response('', { status: 503 }), new TypeError('fetch failed'));
    await session.getManifest(REF, '1.2.3');
    expect(session.stats.requests).toBe(3);
    expect(slept).toEqual([150, 300]);
  });

  it('gives up after two more tries', async () => {
    const { session } = clientOf(() => new Response('', { status: 500 }));
    expect(await failure(session.getManifest(REF, '1.2.3'))).toMatchObject({
      code: 'registry.unavailable',
      retryable: true,
    });
    expect(session.stats.requests).toBe(3);
  });

  it.each([
    ['7', 7000],
    [new Date(NOW + 9000).toUTCString(), 9000],
    [new Date(NOW - 9000).toUTCString(), 0],
    ['soon', 150],
  ])('429 as Retry-After %s says', async (after, ms) => {
    const { session, slept } = flaky(new Response('', { status: 429, headers: { 'retry-after': after } }));
    await session.getManifest(REF, '1.2.3');
    expect(slept).toEqual([ms]);
  });

  it('but not when the wait would pass the deadline', async () => {
    const { session, slept, seen } = flaky(
      new Response('', { status: 429, headers: { 'retry-after': '3600' } }),
    );
    expect(await failure(session.getManifest(REF, '1.2.3'))).toMatchObject({
      code: 'registry.rate_limited',
      retryable: true,
      retryAfter: 3600,
    });
    expect([slept, seen.length]).toEqual([[], 1]);
  });

  it('a body that breaks off', async () => {
    const broken = new ReadableStream({ start: (c) => c.error(new TypeError('terminated')) });
    const { session } = flaky(new Response(broken));
    await session.getManifest(REF, '1.2.3');
    expect(session.stats.requests).toBe(2);
  });

  it('the requests of a session are bounded', async () => {
    const { session, seen } = clientOf(() => manifestAnswer(), { limits: { requests: 3 } });
    for (let i = 0; i < 3; i++) await session.getManifest(REF, '1.2.3');
    expect(await failure(session.getManifest(REF, '1.2.3'))).toMatchObject({
      code: 'limit.requests',
      retryable: false,
    });
    expect(seen).toHaveLength(3);
  });
});

describe('tags', () => {
  const tagRef = parseReference('oci://registry.example.com/charts/app');
  const page = (tags: unknown, link?: string) =>
    Response.json({ name: 'charts/app', tags }, { headers: link === undefined ? {} : { link } });

  it('pages through thousands of tags', async () => {
    const all = Array.from({ length: 5000 }, (_, i) => `1.${i}.0`);
    const { session, seen } = clientOf(({ url }) => {
      const from = Number(new URL(url).searchParams.get('last') ?? 0);
      const next = from + 200;
      return page(
        all.slice(from, next),
        next < all.length ? `</v2/charts/app/tags/list?last=${next}&n=200>; rel="next"` : undefined,
      );
    });
    expect(await session.listTags(tagRef)).toEqual(all);
    expect(seen).toHaveLength(25);
    expect(seen[0]?.url).toBe('https://registry.example.com/v2/charts/app/tags/list?n=1000');
  });

  it.each([
    ['relative', '<list?last=a>; rel="next"'],
    ['absolute', '<https://registry.example.com/v2/charts/app/tags/list?last=a>; rel=next'],
    ['http behind a proxy', '<http://registry.example.com/v2/charts/app/tags/list?last=a>; rel="next"'],
    [
      'of Nexus',
      '<http://registry.example.com/repository/hosted/v2/charts/app/tags/list?last=a>; rel="next"',
    ],
    ['among others', '</v2/x>; rel="first", </v2/charts/app/tags/list?last=a>; title="a,b"; rel="last next"'],
  ])('follows a link that is %s', async (_name, link) => {
    const { session, seen } = clientOf((_, i) => (i === 0 ? page(['a'], link) : page(['a', 'b'])));
    expect(await session.listTags(tagRef)).toEqual(['a', 'b']);
    expect(seen[1]?.url).toBe('https://registry.example.com/v2/charts/app/tags/list?last=a');
  });

  it('takes no tags, and leaves out what no tag can be', async () => {
    expect(await clientOf(() => page(null)).session.listTags(tagRef)).toEqual([]);
    expect(await clientOf(() => page(['ok', '../x', ''])).session.listTags(tagRef)).toEqual(['ok']);
  });

  it.each([
    ['text', () => new Response('<html>')],
    ['no list', () => page('x')],
    ['numbers', () => page([1])],
    ['nothing', () => Response.json(null)],
  ])('refuses %s', async (_name, answer) => {
    expect(await failure(clientOf(answer).session.listTags(tagRef))).toMatchObject({
      code: 'registry.protocol',
    });
  });

  it('an unknown repository is chart.not_found', async () => {
    const { session } = clientOf(() => new Response('', { status: 404 }));
    expect(await failure(session.listTags(tagRef))).toMatchObject({ code: 'chart.not_found' });
  });
});
