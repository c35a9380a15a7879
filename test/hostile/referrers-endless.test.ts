import { describe, expect, it } from 'vitest';
import { fallbackTag } from '../../src/oci/index.ts';
import { boxed, OCI_INDEX, referrer } from '../oci/box.ts';
import {
  BASIC,
  challenge,
  clientOf,
  descriptorOf,
  digestOf,
  failure,
  OCI_MANIFEST,
  REF,
} from '../oci/support.ts';

const SUBJECT = digestOf('subject');
const API = `/v2/charts/app/referrers/${SUBJECT}`;
const entry = (name: string) => descriptorOf(name, OCI_MANIFEST);
const page = (entries: unknown[], link?: string, type = OCI_INDEX) =>
  new Response(JSON.stringify({ schemaVersion: 2, manifests: entries }), {
    headers: { 'content-type': type, ...(link === undefined ? {} : { link: `<${link}>; rel="next"` }) },
  });

describe('a list of referrers that always goes on', () => {
  it('ends with its pages; what was read counts, and that there is more is told', async () => {
    const { session, seen } = clientOf((_, i) => page([entry(`${i}`)], `${API}?page=${i + 1}`));
    const { store, entries, incomplete } = await session.listReferrers(REF, SUBJECT);
    expect([store, entries.length, seen.length]).toEqual(['api', 10, 10]);
    expect(incomplete).toMatchObject({
      code: 'evidence.limit',
      help: expect.stringContaining('referrerPages'),
    });
  });

  it('or with its entries', async () => {
    const many = Array.from({ length: 1500 }, (_, i) => entry(`${i}`));
    const api = clientOf(() => page(many));
    const listed = await api.session.listReferrers(REF, SUBJECT);
    expect(listed.entries).toHaveLength(1000);
    expect(listed.incomplete).toMatchObject({ code: 'evidence.limit' });
    const tag = clientOf(({ url }) =>
      url.includes('/referrers/') ? new Response('', { status: 404 }) : page(many),
    );
    const fallback = await tag.session.listReferrers(REF, SUBJECT);
    expect([fallback.store, fallback.entries.length]).toEqual(['tag', 1000]);
    expect(fallback.incomplete).toMatchObject({ code: 'evidence.limit' });
  });

  it('a thousand times the same entry is one entry', async () => {
    const { session } = clientOf(() => page(Array.from({ length: 5000 }, () => entry('x'))));
    expect(await session.listReferrers(REF, SUBJECT)).toEqual({ store: 'api', entries: [entry('x')] });
  });

  it('or with the requests of the session', async () => {
    const { session } = clientOf((_, i) => page([], `${API}?page=${i + 1}`), { limits: { requests: 3 } });
    expect(await failure(session.listReferrers(REF, SUBJECT))).toMatchObject({ code: 'limit.requests' });
  });

  it('a page that leads back is an error at once', async () => {
    const { session, seen } = clientOf((_, i) => page([], `${API}?page=${i % 2}`));
    expect(await failure(session.listReferrers(REF, SUBJECT))).toMatchObject({ code: 'registry.protocol' });
    expect(seen).toHaveLength(3);
  });

  it.each([
    'https://evil.example.com/v2/x',
    '//evil.example.com/v2/x',
    'https://127.0.0.1/v2/x',
    '/api/users',
  ])('does not lead to %s', async (link) => {
    const { session, seen } = clientOf(
      ({ headers }) => (headers.has('authorization') ? page([entry('a')], link) : challenge('Basic')),
      { registry: { credentials: BASIC } },
    );
    expect(await failure(session.listReferrers(REF, SUBJECT))).toMatchObject({ code: 'registry.protocol' });
    expect(seen).toHaveLength(2);
  });

  it('a further page that is missing or of another type hides nothing behind the fallback', async () => {
    for (const second of [new Response('', { status: 404 }), page([], undefined, 'text/html')]) {
      const { session, seen } = clientOf((_, i) => (i === 0 ? page([entry('a')], `${API}?p`) : second));
      expect((await failure(session.listReferrers(REF, SUBJECT))).code).toMatch(/protocol|not_found/);
      expect(seen).toHaveLength(2);
    }
  });
});

describe('an answer of the referrers API that is not one', () => {
  it.each(['text/html', 'application/json', OCI_MANIFEST, ''])(
    'of type "%s" counts as no API: the fallback tag is read',
    async (type) => {
      const { session, seen } = clientOf(({ url }) =>
        url.includes('/referrers/') ? page([entry('forged')], undefined, type) : page([entry('a')]),
      );
      expect(await session.listReferrers(REF, SUBJECT)).toEqual({ store: 'tag', entries: [entry('a')] });
      expect(seen).toHaveLength(2);
    },
  );

  it.each(['<html>', '[]', '{"manifests":1}', '{"manifests":[],"manifests":[]}', '{"layers":[]}'])(
    'that calls itself an index and is %s is an error',
    async (body) => {
      const { session, seen } = clientOf(
        () => new Response(body, { headers: { 'content-type': OCI_INDEX } }),
      );
      expect(await failure(session.listReferrers(REF, SUBJECT))).toMatchObject({ code: 'registry.protocol' });
      expect(seen).toHaveLength(1);
    },
  );
});

describe('a huge index', () => {
  const huge = JSON.stringify({ manifests: [], annotations: { a: 'x'.repeat(5 * 1024 * 1024) } });

  it('is not read', async () => {
    const api = clientOf(() => new Response(huge, { headers: { 'content-type': OCI_INDEX } }));
    expect(await failure(api.session.listReferrers(REF, SUBJECT))).toMatchObject({
      code: 'registry.too_large',
    });
    const tag = clientOf(({ url }) =>
      url.includes('/referrers/')
        ? new Response('', { status: 404 })
        : new Response(huge, { headers: { 'content-type': OCI_INDEX } }),
    );
    expect(await failure(tag.session.listReferrers(REF, SUBJECT))).toMatchObject({
      code: 'registry.too_large',
    });
  });

  it('is not made larger than registries take, and loses no entry for it', async () => {
    const { registry, push, chart } = await boxed({ limits: { manifestBytes: 20_000 } });
    registry.quirks.noReferrers = true;
    const tag = fallbackTag(chart.digest);
    const full = { schemaVersion: 2, manifests: Array.from({ length: 100 }, (_, i) => entry(`${i}`)) };
    const padding = 20_000 - JSON.stringify(full).length - 60;
    const digest = await registry.putManifest(
      REF.repository,
      tag,
      { ...full, annotations: { a: 'x'.repeat(padding) } },
      OCI_INDEX,
    );
    const { bytes, type } = referrer(chart.digest);
    expect(await failure(push.attachReferrer(REF, bytes, type, chart.digest))).toMatchObject({
      code: 'registry.too_large',
    });
    expect(registry.getManifest(REF.repository, tag)?.digest).toBe(digest);
  });
});
