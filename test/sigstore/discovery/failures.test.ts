import { describe, expect, it } from 'vitest';
import { fallbackTag } from '../../../src/oci/index.ts';
import { collectDetached } from '../../../src/verification/index.ts';
import { digestOf, REF } from '../../oci/support.ts';
import {
  attachBundle,
  attachExperimental,
  attachLegacy,
  enterFallback,
} from '../../support/attach-signature.ts';
import { all, box, bytes, texts } from './support.ts';

// What fails is told, is never taken for "there is nothing", and ends nothing but its own store.

const NO_RETRIES = { limits: { retries: 0 } };

describe('a store that the registry refuses or cannot give', () => {
  it.each([
    [401, 'registry.unauthorized', false],
    [403, 'registry.unauthorized', false],
    [429, 'registry.rate_limited', true],
    [500, 'registry.unavailable', true],
    [418, 'registry.protocol', false],
  ])('referrers answered with %i: the legacy tags are read all the same', async (status, code, retryable) => {
    const { registry, place, search } = await box(NO_RETRIES);
    await attachLegacy(place, 'sig', [{ bytes: bytes('legacy') }]);
    registry.quirks.status = { match: /referrers/, status };
    const { batches } = await all(search());
    expect(batches[0]).toMatchObject({ store: 'referrers', found: [], failure: { code, retryable } });
    expect(texts(batches[1]?.found ?? [])).toEqual(['legacy']);
    expect(batches).toHaveLength(2);
  });

  it.each([
    ['sig', 403, 'registry.unauthorized', false],
    ['sig', 503, 'registry.unavailable', true],
    ['att', 401, 'registry.unauthorized', false],
    ['att', 502, 'registry.unavailable', true],
  ])('.%s answered with %i', async (suffix, status, code, retryable) => {
    const { registry, place, search } = await box(NO_RETRIES);
    await attachBundle(place, bytes('bundle'));
    const other = suffix === 'sig' ? 'att' : 'sig';
    await attachLegacy(place, other, [{ bytes: bytes(other) }]);
    registry.quirks.status = { match: new RegExp(`\\.${suffix}$`), status, retryAfter: 7 };
    const { found, failures } = await all(search());
    expect(texts(found)).toEqual(['bundle', other]);
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({ code, retryable, ...(retryable && { retryAfter: 7 }) });
  });

  it('the connection broke', async () => {
    const { registry, search } = await box(NO_RETRIES);
    registry.quirks.reset = /\.sig$/;
    expect((await all(search())).failures).toMatchObject([{ code: 'registry.unavailable', retryable: true }]);
  });

  it('what is under the tag cannot be read', async () => {
    const { registry, place, chart, search } = await box();
    const tag = `${fallbackTag(chart.digest)}.sig`;
    await registry.putManifest(REF.repository, tag, bytes('{'), 'application/vnd.oci.image.manifest.v1+json');
    await attachLegacy(place, 'att', [{ bytes: bytes('x') }], {
      docker: true,
      mutate: (manifest) => (manifest.layers = [{}]),
    });
    expect((await all(search())).failures).toMatchObject([
      { code: 'sigstore.malformed', retryable: false },
      { code: 'sigstore.malformed', retryable: false },
    ]);
  });

  it('a tag that is not there is no failure, nor is a repository without any', async () => {
    const { registry, search } = await box();
    registry.quirks.status = { match: /manifests/, status: 404, body: 'not here' };
    expect(await all(search())).toEqual({ batches: [], found: [], failures: [] });
  });
});

describe('a signature that could not be fetched stands in its place', () => {
  const spoilt = async (spoil: (one: Awaited<ReturnType<typeof box>>, digest: string) => unknown) => {
    const one = await box(NO_RETRIES);
    const digest = await attachBundle(one.place, bytes('bundle'));
    await attachBundle(one.place, bytes('good'), { predicateType: null });
    await spoil(one, digest);
    const { found, failures } = await all(one.search());
    expect(failures).toEqual([]);
    expect(found.map(({ source }) => source.kind)).toEqual(['referrer', 'referrer']);
    expect(texts(found)[1]).toBe('good');
    expect(found[0]?.source.digest).toBe(digest);
    const [first] = found;
    return first?.fetched.ok === false ? first.fetched.error : undefined;
  };

  it('its blob is missing', async () => {
    const error = await spoilt(({ registry }) => registry.remove(REF.repository, digestOf('bundle')));
    expect(error).toMatchObject({ code: 'registry.blob_missing', retryable: false });
  });

  it('its manifest is missing: a stale list', async () => {
    const error = await spoilt(async ({ registry, place }, digest) => {
      registry.quirks.noReferrers = true;
      const mediaType = 'application/vnd.oci.image.manifest.v1+json';
      const annotations = { 'dev.sigstore.bundle.predicateType': 'https://sigstore.dev/cosign/sign/v1' };
      await enterFallback(place, { mediaType, digest, size: 1, annotations });
      await attachBundle(place, bytes('good'), { predicateType: null, fallback: 'bare' });
      registry.remove(REF.repository, digest);
    });
    expect(error).toMatchObject({ code: 'evidence.missing', retryable: false });
  });

  it('its manifest is another', async () => {
    const error = await spoilt(({ registry }, digest) => {
      registry.quirks.status = { match: new RegExp(digest), status: 200, body: '{}' };
    });
    expect(error).toMatchObject({ code: 'registry.digest_mismatch' });
  });

  it('the registry failed', async () => {
    const error = await spoilt(({ registry }) => {
      registry.quirks.status = { match: new RegExp(digestOf('bundle')), status: 503 };
    });
    expect(error).toMatchObject({ code: 'registry.unavailable', retryable: true });
  });
});

describe('limits', () => {
  it('a signature larger than allowed is not fetched', async () => {
    const { registry, place, search } = await box();
    await attachBundle(place, bytes('12345'));
    await attachBundle(place, bytes('1234'), { predicateType: null });
    await attachLegacy(place, 'sig', [{ bytes: bytes('123456') }]);
    const { found, failures } = await all(search({ limits: { bundleBytes: 4 } }));
    expect([texts(found), failures]).toEqual([['evidence.limit', '1234', 'evidence.limit'], []]);
    expect(registry.count(/blobs/)).toBe(1);
    expect(found[0]?.fetched).toMatchObject({ error: { retryable: false } });
  });

  it('as many signatures as allowed are no failure, one more is', async () => {
    const { registry, place, search } = await box();
    const limits = { signatures: 2, bundleBytes: undefined as unknown as number };
    for (const name of ['a', 'b']) await attachBundle(place, bytes(name));
    expect(await all(search({ limits }))).toMatchObject({ found: [{}, {}], failures: [] });
    await attachBundle(place, bytes('c'));
    const more = await all(search({ limits }));
    expect(more.found).toHaveLength(2);
    expect(more.failures).toMatchObject([{ code: 'evidence.limit', retryable: false }]);
    expect(registry.count(/blobs/)).toBe(4);
  });

  it('layers of the experimental layout count as signatures', async () => {
    const { place, search } = await box();
    await attachExperimental(
      place,
      ['a', 'b', 'c'].map((name) => ({ bytes: bytes(name) })),
    );
    const { found, failures } = await all(search({ limits: { signatures: 2 } }));
    expect([texts(found), failures.map(({ code }) => code)]).toEqual([['a', 'b'], ['evidence.limit']]);
  });

  it('referrers that turn out to be something else are opened up to a number', async () => {
    const { registry, place, search } = await box();
    for (const name of ['a', 'b', 'c', 'd']) {
      await attachBundle(place, bytes(name), {
        mediaType: 'text/plain',
        artifactType: '',
        predicateType: null,
      });
    }
    const { found, failures } = await all(search({ limits: { referrers: 3 } }));
    expect([found, failures.map(({ code }) => code)]).toEqual([[], ['evidence.limit']]);
    expect(registry.count(/manifests\/sha256:/)).toBe(3);
  });

  it('a list that was cut leaves open what was not in it', async () => {
    const { registry, place, search } = await box({ limits: { referrerPages: 1 } });
    registry.quirks.referrersPageSize = 1;
    for (const name of ['a', 'b']) await attachBundle(place, bytes(name));
    const { found, failures } = await all(search());
    expect([texts(found), failures]).toMatchObject([['a'], [{ code: 'evidence.limit', retryable: false }]]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'with %i requests in all, it ends when there are none left',
    async (requests) => {
      const { registry, place, search } = await box({ limits: { requests } });
      for (const name of ['a', 'b', 'c']) await attachBundle(place, bytes(name));
      const { found, failures, batches } = await all(search());
      expect(failures).toMatchObject([{ code: 'limit.requests', retryable: false }]);
      expect(batches.at(-1)?.failure).toBe(failures[0]);
      expect(found.every(({ fetched }) => fetched.ok)).toBe(true);
      expect(registry.count()).toBe(requests);
    },
  );

  it('with just enough requests there is no failure', async () => {
    const { registry, place, search } = await box({ limits: { requests: 9 } });
    for (const name of ['a', 'b', 'c']) await attachBundle(place, bytes(name));
    expect(await all(search())).toMatchObject({ found: [{}, {}, {}], failures: [] });
    expect(registry.count()).toBe(9);
  });

  it('work that was given up ends at once', async () => {
    const { registry, client, place, search } = await box();
    await attachBundle(place, bytes('a'));
    const session = client.session({ signal: AbortSignal.abort() });
    expect((await all(search({ session }))).failures).toMatchObject([{ code: 'registry.cancelled' }]);
    expect(registry.count()).toBe(0);
  });
});

it('one list of referrers serves both schemes', async () => {
  const { registry, client, chart, place, search } = await box();
  await attachBundle(place, bytes('bundle'));
  const session = client.session();
  const list = session.listReferrers(REF, chart.digest);
  const referrers = () => list;
  expect((await all(search({ session, referrers }))).found).toHaveLength(1);
  const detached = await collectDetached(session, REF, chart.digest, 1000, referrers);
  expect(detached).toEqual({ provenances: [], failure: undefined });
  expect(registry.count(/referrers/)).toBe(1);
});
