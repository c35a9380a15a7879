import { beforeAll, describe, expect, it } from 'vitest';
import type { ChartsealError } from '../../../src/base/error.ts';
import { findHelmEntries } from '../../../src/sigstore/index.ts';
import {
  ARCHIVE,
  accessOf,
  createHelmRekor,
  type HelmRekor,
  helmBody,
  REKOR,
} from '../../support/helm-log.ts';

let box: HelmRekor;
let id = '';

beforeAll(async () => {
  box = await createHelmRekor();
  id = box.log(await helmBody());
});

const failure = (search: Promise<unknown>): Promise<ChartsealError> =>
  search.then(
    () => Promise.reject(new Error('it was found')),
    (error) => error,
  );

describe('what a log has of a chart', () => {
  it('is asked by the digest, then by id', async () => {
    box.asked.length = 0;
    const { entries, incomplete } = await box.search();
    expect(entries.map(({ uuid }) => uuid)).toEqual([id.slice(-64)]);
    expect(incomplete).toBeUndefined();
    expect(box.asked).toEqual(['POST /api/v1/index/retrieve', `GET /api/v1/log/entries/${id}`]);
  });

  it('is nothing where the index names nothing', async () => {
    expect(await box.search({ archiveDigest: `sha256:${'00'.repeat(32)}` })).toEqual({ entries: [] });
  });

  it('is each entry once, and told to be incomplete where one is not given', async () => {
    const other = await createHelmRekor();
    const known = other.log(await helmBody());
    other.index.set(ARCHIVE, [known, known.toUpperCase(), 'ab'.repeat(32)]);
    const { entries, incomplete } = await other.search();
    expect(entries).toHaveLength(1);
    expect(incomplete?.code).toBe('sigstore.log_protocol');
  });

  it.each([429, 500, 503])('is not known where the log answers %i', async (status) => {
    const error = await failure(box.search({ access: accessOf(async () => new Response('', { status })) }));
    expect(error).toMatchObject({ code: 'sigstore.log_unavailable', retryable: true });
    expect(error.message).toContain('rekor1.fake.example');
  });

  it('is not known where the log cannot be reached, or does not answer in time', async () => {
    const broken = accessOf(() => Promise.reject(new TypeError('fetch failed')));
    expect(await failure(box.search({ access: broken }))).toMatchObject({ retryable: true });
    const silent = accessOf(() => new Promise(() => {}));
    const search = { access: silent, limits: { requestTimeoutMs: 5, overallTimeoutMs: 20 } };
    expect(await failure(box.search(search))).toMatchObject({ code: 'sigstore.log_unavailable' });
  });

  it('is not waited for by whoever gave up', async () => {
    const signal = AbortSignal.abort();
    expect(await failure(box.search({ signal }))).toMatchObject({ code: 'sigstore.log_unavailable' });
  });

  it.each([
    ['a redirect', () => new Response('', { status: 302, headers: { location: 'http://169.254.169.254/' } })],
    ['another status', () => new Response('[]', { status: 404 })],
    ['no JSON', () => new Response('<html>')],
    ['something else than a list', () => Response.json({ entries: [] })],
    ['ids that lead elsewhere', () => Response.json(['../../../admin'])],
    ['ids that are none', () => Response.json([1])],
  ])('is not believed where the index answers %s', async (_, answer) => {
    const asked: string[] = [];
    const access = accessOf(async (url) => {
      asked.push(new URL(url).origin);
      return answer();
    });
    const error = await failure(findHelmEntries({ rekor: REKOR, archiveDigest: ARCHIVE, access }));
    expect(error).toMatchObject({ code: 'sigstore.log_protocol', retryable: false });
    expect(asked).toEqual([REKOR]);
  });
});
