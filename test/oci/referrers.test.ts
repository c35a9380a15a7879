import { describe, expect, it } from 'vitest';
import { fallbackTag, parseManifest, refersTo } from '../../src/oci/index.ts';
import { asked, boxed, clientFor, fallbackEntries, OCI_INDEX, referrer, text } from './box.ts';
import { clientOf, descriptorOf, digestOf, failure, OCI_MANIFEST, REF } from './support.ts';

const SUBJECT = digestOf('subject');
const API = `/v2/charts/app/referrers/${SUBJECT}`;
const TAG = `/v2/charts/app/manifests/${fallbackTag(SUBJECT)}`;
const entry = (name: string) => descriptorOf(name, OCI_MANIFEST);
const index = (entries: unknown[], headers: Record<string, string> = {}) =>
  Response.json(
    { schemaVersion: 2, manifests: entries },
    { headers: { 'content-type': OCI_INDEX, ...headers } },
  );
const missing = (status = 404) => new Response('', { status });

describe('listReferrers', () => {
  it('by the API: one request, nothing filtered', async () => {
    const { registry, pull, chart } = await boxed();
    const one = referrer(chart.digest);
    await registry.putManifest(REF.repository, undefined, one.bytes);
    expect(await pull.listReferrers(REF, chart.digest)).toEqual({
      store: 'api',
      entries: [
        {
          mediaType: OCI_MANIFEST,
          digest: one.digest,
          size: one.bytes.length,
          annotations: { name: 'one' },
          artifactType: 'application/vnd.example.signature',
        },
      ],
    });
    expect(asked(registry)).toEqual([`GET /v2/charts/app/referrers/${chart.digest}`]);
    expect(registry.requests[0]?.headers.accept).toBe(OCI_INDEX);
  });

  it('an API with nothing to tell is asked no further', async () => {
    const { registry, pull, chart } = await boxed();
    expect(await pull.listReferrers(REF, chart.digest)).toEqual({ store: 'api', entries: [] });
    expect(registry.count()).toBe(1);
  });

  it('over all its pages, each digest once', async () => {
    const { registry, pull, chart } = await boxed();
    registry.quirks.referrersPageSize = 2;
    for (let i = 0; i < 5; i++) {
      await registry.putManifest(REF.repository, undefined, referrer(chart.digest, `${i}`).bytes);
    }
    const { entries, firstPage } = await pull.listReferrers(REF, chart.digest);
    expect(entries.map((one) => one.annotations?.name)).toEqual(['0', '1', '2', '3', '4']);
    expect(firstPage).toBe(2);
    expect(registry.count()).toBe(3);
    const twice = clientOf((_, i) =>
      i === 0 ? index([entry('a')], { link: `<${API}?p=2>; rel="next"` }) : index([entry('a'), entry('b')]),
    );
    expect((await twice.session.listReferrers(REF, SUBJECT)).entries).toHaveLength(2);
  });

  it.each([400, 404, 405, 406, 501])('API answers %i: the fallback tag is read', async (status) => {
    const { session, seen } = clientOf(({ url }) =>
      url.includes('/referrers/') ? missing(status) : index([entry('a')]),
    );
    expect(await session.listReferrers(REF, SUBJECT)).toEqual({ store: 'tag', entries: [entry('a')] });
    expect(seen.map((one) => new URL(one.url).pathname)).toEqual([API, TAG]);
  });

  it('nothing anywhere', async () => {
    const { session } = clientOf(() => missing());
    expect(await session.listReferrers(REF, SUBJECT)).toEqual({ store: 'none', entries: [] });
  });

  it.each([401, 403, 429, 500, 503])('API answers %i: that is no empty list', async (status) => {
    const { session, seen } = clientOf(() => missing(status));
    expect((await failure(session.listReferrers(REF, SUBJECT))).code).toMatch(/^registry\./);
    expect(seen.every((one) => one.url.includes('/referrers/'))).toBe(true);
  });

  it('takes null for no entries, parameters of the type, and leaves out what cannot be fetched', async () => {
    const sha512 = { ...entry('x'), digest: `sha512:${'0'.repeat(128)}` };
    const { session } = clientOf((_, i) =>
      i === 0
        ? Response.json({ manifests: null }, { headers: { 'content-type': `${OCI_INDEX}; charset=utf-8` } })
        : index([sha512, null, {}, 'x', entry('a')]),
    );
    expect(await session.listReferrers(REF, SUBJECT)).toEqual({ store: 'api', entries: [] });
    expect(await session.listReferrers(REF, SUBJECT)).toEqual({ store: 'api', entries: [entry('a')] });
  });
});

describe('a repository without the API is remembered', () => {
  const setUp = () => {
    let now = 0;
    let supported = false;
    const { client, seen } = clientOf(
      ({ url }) => (url.includes('/referrers/') && !supported ? missing() : index([])),
      { clock: () => now },
    );
    const paths = async (o: Parameters<typeof client.session>[0] = {}, ref = REF) => {
      const from = seen.length;
      await client.session(o).listReferrers(ref, SUBJECT);
      return seen.slice(from).map((one) => (one.url.includes('/referrers/') ? 'api' : 'tag'));
    };
    return { paths, pass: (ms: number) => (now += ms), gain: () => (supported = true) };
  };

  it('for some minutes, and for itself only', async () => {
    const { paths, pass, gain } = setUp();
    expect(await paths()).toEqual(['api', 'tag']);
    expect(await paths()).toEqual(['tag']);
    expect(await paths({}, { ...REF, repository: 'other' })).toEqual(['api', 'tag']);
    gain();
    expect(await paths()).toEqual(['tag']);
    pass(5 * 60_000);
    expect(await paths()).toEqual(['api']);
  });

  it('but not where no cache may be used', async () => {
    const { paths, gain } = setUp();
    await paths();
    expect(await paths({ noCache: true })).toEqual(['api', 'tag']);
    gain();
    expect(await paths({ noCache: true })).toEqual(['api']);
    expect(await paths()).toEqual(['api']);
  });
});

it('refersTo asks the manifest itself', () => {
  const read = (manifest: object) => parseManifest(text(JSON.stringify(manifest)), null);
  const { bytes } = referrer(SUBJECT);
  expect(refersTo(parseManifest(bytes, OCI_MANIFEST), SUBJECT)).toBe(true);
  expect(refersTo(parseManifest(bytes, OCI_MANIFEST), digestOf('other'))).toBe(false);
  expect(refersTo(read({ schemaVersion: 2, config: entry('c'), layers: [] }), SUBJECT)).toBe(false);
  expect(refersTo(read({ schemaVersion: 1, fsLayers: [] }), SUBJECT)).toBe(false);
});

describe('attachReferrer', () => {
  it('with the API: puts the manifest by digest and sees it listed', async () => {
    const { registry, push, chart, slept } = await boxed();
    const { bytes, digest, type } = referrer(chart.digest);
    expect(await push.attachReferrer(REF, bytes, type, chart.digest)).toEqual({ digest, store: 'api' });
    expect(asked(registry)).toEqual([
      `PUT /v2/charts/app/manifests/${digest}`,
      `GET /v2/charts/app/referrers/${chart.digest}`,
    ]);
    expect(slept).toEqual([]);
    expect(registry.tags(REF.repository)).toEqual(['1.2.3']);
  });

  it('waits for an API that lists a moment later, and tells when it never does', async () => {
    const { bytes, digest, type } = referrer(SUBJECT);
    const listing = (from: number) =>
      clientOf(({ method }, i) => {
        if (method === 'PUT') return new Response(null, { status: 201 });
        return index(i >= from ? [{ ...entry('x'), digest }] : []);
      });
    const late = listing(3);
    expect(await late.push.attachReferrer(REF, bytes, type, SUBJECT)).toMatchObject({ store: 'api' });
    expect(late.slept).toEqual([150, 300]);
    const never = listing(99);
    expect(await failure(never.push.attachReferrer(REF, bytes, type, SUBJECT))).toMatchObject({
      code: 'registry.protocol',
      message: expect.stringContaining('not listed'),
    });
    expect(never.seen).toHaveLength(6);
  });

  it('without it: makes the index under the fallback tag', async () => {
    const { registry, push, pull, chart, slept } = await boxed();
    registry.quirks.noReferrers = true;
    const { bytes, digest, type } = referrer(chart.digest);
    expect(await push.attachReferrer(REF, bytes, type, chart.digest)).toEqual({ digest, store: 'tag' });
    const tag = fallbackTag(chart.digest);
    expect(asked(registry)).toEqual([
      `PUT /v2/charts/app/manifests/${digest}`,
      `GET /v2/charts/app/referrers/${chart.digest}`,
      `GET /v2/charts/app/manifests/${tag}`,
      `PUT /v2/charts/app/manifests/${tag}`,
      `GET /v2/charts/app/manifests/${tag}`,
    ]);
    expect(slept).toEqual([375]);
    const stored = registry.getManifest(REF.repository, tag);
    expect(stored?.mediaType).toBe(OCI_INDEX);
    expect(new TextDecoder().decode(stored?.bytes)).toBe(
      `{"schemaVersion":2,"mediaType":"${OCI_INDEX}","manifests":[{"mediaType":"${OCI_MANIFEST}","digest":"${digest}","size":${bytes.length},"annotations":{"name":"one"},"artifactType":"application/vnd.example.signature"}]}`,
    );
    expect((await pull.listReferrers(REF, chart.digest)).entries.map((one) => one.digest)).toEqual([digest]);
  });

  it('adds to what is there, whatever that says besides, and changes nothing when it is entered already', async () => {
    const { registry, push, chart } = await boxed();
    registry.quirks.noReferrers = true;
    const theirs = { ...entry('theirs'), platform: { os: 'linux' }, 'x-unknown': [1] };
    const tag = fallbackTag(chart.digest);
    await registry.putManifest(
      REF.repository,
      tag,
      { schemaVersion: 2, annotations: { a: 'b' }, manifests: [theirs, { odd: true }] },
      OCI_INDEX,
    );
    const { bytes, digest, type } = referrer(chart.digest);
    for (let i = 0; i < 2; i++) await push.attachReferrer(REF, bytes, type, chart.digest);
    expect(registry.count(/^PUT .*sha256-/)).toBe(1);
    const stored = JSON.parse(new TextDecoder().decode(registry.getManifest(REF.repository, tag)?.bytes));
    expect(stored.annotations).toEqual({ a: 'b' });
    expect(stored.manifests).toEqual([theirs, { odd: true }, expect.objectContaining({ digest })]);
  });

  it('takes the type of the config where there is no artifactType', async () => {
    const { registry, push, chart } = await boxed();
    registry.quirks.noReferrers = true;
    const manifest = JSON.parse(new TextDecoder().decode(referrer(chart.digest).bytes));
    const { artifactType: _, annotations: __, ...plain } = manifest;
    await push.attachReferrer(REF, text(JSON.stringify(plain)), OCI_MANIFEST, chart.digest);
    const [written] = fallbackEntries(registry, chart.digest);
    expect(written).toMatchObject({ artifactType: 'application/vnd.oci.empty.v1+json' });
    expect(written).not.toHaveProperty('annotations');
  });

  it('refuses a manifest that refers to something else, before anything is sent', async () => {
    const { registry, push, chart } = await boxed();
    const { bytes, type } = referrer(SUBJECT);
    expect(await failure(push.attachReferrer(REF, bytes, type, chart.digest))).toMatchObject({
      code: 'manifest.invalid',
    });
    expect(registry.count()).toBe(0);
  });

  it('asks for the API anew although the repository was known without it', async () => {
    const { registry, client, push, chart } = await boxed();
    registry.quirks.noReferrers = true;
    await client.session().listReferrers(REF, chart.digest);
    registry.quirks = {};
    const { bytes, type } = referrer(chart.digest);
    expect(await push.attachReferrer(REF, bytes, type, chart.digest)).toMatchObject({ store: 'api' });
  });
});

describe('several writers of one fallback index', () => {
  it('who is overwritten writes again, with the other one’s entry', async () => {
    const { registry, push, chart } = await boxed();
    registry.quirks = { noReferrers: true, loseFallbackRace: { times: 3 } };
    const { bytes, digest, type } = referrer(chart.digest);
    await push.attachReferrer(REF, bytes, type, chart.digest);
    const digests = fallbackEntries(registry, chart.digest).map((one) => one.digest);
    expect(digests).toContain(digest);
    expect(digests).toHaveLength(4);
    expect(registry.count(/^PUT .*sha256-/)).toBe(4);
  });

  it('gives up when it is overwritten every time, and says so', async () => {
    const { registry, push, chart } = await boxed();
    registry.quirks = { noReferrers: true, loseFallbackRace: true };
    const { bytes, type } = referrer(chart.digest);
    expect(await failure(push.attachReferrer(REF, bytes, type, chart.digest))).toMatchObject({
      code: 'registry.upload_refused',
      retryable: true,
      message: expect.stringContaining('overwrote'),
    });
    expect(registry.count(/^PUT .*sha256-/)).toBe(8);
  });

  it('an entry that was seen and is lost is put back', async () => {
    const { registry, push, chart } = await boxed();
    registry.quirks.noReferrers = true;
    const tag = fallbackTag(chart.digest);
    const put = (...names: string[]) =>
      registry.putManifest(REF.repository, tag, { schemaVersion: 2, manifests: names.map(entry) }, OCI_INDEX);
    await put('theirs');
    const { bytes, digest, type } = referrer(chart.digest);
    // The own entry stays, theirs is gone at the first look.
    let looks = 0;
    const original = registry.fetch;
    registry.fetch = async (request) => {
      if (request.method === 'GET' && request.url.endsWith(tag) && ++looks === 2) {
        const own = fallbackEntries(registry, chart.digest).filter((one) => one.digest === digest);
        await registry.putManifest(REF.repository, tag, { schemaVersion: 2, manifests: own }, OCI_INDEX);
      }
      return original(request);
    };
    await push.attachReferrer(REF, bytes, type, chart.digest);
    expect(
      fallbackEntries(registry, chart.digest)
        .map((one) => one.digest)
        .sort(),
    ).toEqual([digest, entry('theirs').digest].sort());
  });

  it('ten clients at the same time lose nobody’s entry', async () => {
    const { registry, chart } = await boxed();
    registry.quirks.noReferrers = true;
    const writers = await Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        // Each waits its own time, as real ones do.
        const { client } = clientFor(registry, i);
        const one = referrer(chart.digest, `${i}`);
        await client.session({ action: 'push' }).attachReferrer(REF, one.bytes, one.type, chart.digest);
        return one.digest as string;
      }),
    );
    expect(
      fallbackEntries(registry, chart.digest)
        .map((one) => one.digest)
        .sort(),
    ).toEqual(writers.sort());
  });

  it('If-Match spares the loss where it is honoured, and a lost answer is found out', async () => {
    const { registry, push, chart } = await boxed();
    const tag = fallbackTag(chart.digest);
    await registry.putManifest(REF.repository, tag, { schemaVersion: 2, manifests: [entry('a')] }, OCI_INDEX);
    const before = registry.getManifest(REF.repository, tag)?.digest;
    registry.quirks = {
      noReferrers: true,
      honourIfMatch: true,
      loseAnswer: { match: /^PUT .*sha256-/, times: 1 },
    };
    const { bytes, type } = referrer(chart.digest);
    await push.attachReferrer(REF, bytes, type, chart.digest);
    const put = registry.requests.find((one) => one.method === 'PUT' && one.path.endsWith(tag));
    expect(put?.headers['if-match']).toBe(`"${before}"`);
    expect(registry.count(/^PUT .*sha256-/)).toBe(1);
    expect(fallbackEntries(registry, chart.digest)).toHaveLength(2);
  });

  it('an ETag that never matches is left out after one refusal; a weak one is not sent', async () => {
    for (const [etag, expected] of [
      ['"abc-gzip"', ['"abc-gzip"', null]],
      ['W/"abc"', [null]],
    ] as const) {
      const stored: string[] = [JSON.stringify({ schemaVersion: 2, manifests: [entry('a')] })];
      const { push, seen } = clientOf((one) => {
        if (one.url.includes('/referrers/')) return missing();
        const isTag = one.url.includes('sha256-');
        if (one.method === 'PUT' && isTag && one.headers.has('if-match')) return missing(412);
        if (one.method === 'PUT') {
          if (isTag) stored.push(one.body);
          return new Response(null, { status: 201 });
        }
        return new Response(stored.at(-1), { headers: { 'content-type': OCI_INDEX, etag } });
      });
      const { bytes, type } = referrer(SUBJECT);
      await push.attachReferrer(REF, bytes, type, SUBJECT);
      const puts = seen.filter((one) => one.method === 'PUT' && one.url.includes('sha256-'));
      expect(puts.map((one) => one.headers.get('if-match'))).toEqual(expected);
      expect(JSON.parse(stored.at(-1) ?? '').manifests).toHaveLength(2);
    }
  });

  it('5xx and 429 in between are waited for; a refusal is not', async () => {
    const { registry, push, chart, slept } = await boxed();
    registry.quirks = {
      noReferrers: true,
      status: { match: /^PUT .*sha256-/, status: 429, retryAfter: 2, times: 1 },
    };
    const { bytes, type } = referrer(chart.digest);
    await push.attachReferrer(REF, bytes, type, chart.digest);
    expect(slept[0]).toBe(2150);
    registry.quirks.status = { match: /^PUT .*sha256-/, status: 400 };
    const two = referrer(chart.digest, 'two');
    expect(await failure(push.attachReferrer(REF, two.bytes, type, chart.digest))).toMatchObject({
      code: 'registry.upload_refused',
      retryable: false,
    });
  });

  it('an immutable fallback tag: the remedy is not the detached mode, which this is', async () => {
    const { registry, push, chart } = await boxed();
    await registry.putManifest(REF.repository, fallbackTag(chart.digest), { manifests: [] }, OCI_INDEX);
    registry.quirks = { noReferrers: true, immutableTags: 'ecr' };
    const { bytes, type } = referrer(chart.digest);
    expect(await failure(push.attachReferrer(REF, bytes, type, chart.digest))).toMatchObject({
      code: 'registry.tag_immutable',
      help: expect.stringContaining('exempt'),
    });
  });
});
