import { beforeEach, describe, expect, test, vi } from 'vitest';
import { ChartsealError } from '../../src/base/error.ts';
import type { SignVisit } from '../../src/http/index.ts';
import type { SignRequest, SignResult } from '../../src/signing/index.ts';
import { createMemoryState } from '../../src/state/index.ts';
import { CI, NOW, OPERATOR, startApp } from './support.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const ORDER = {
  reference: 'oci://registry.test/charts/app:1.2.3',
  expectedDigest: DIGEST,
  with: ['release'],
};
const ANSWER: SignResult = {
  reference: ORDER.reference,
  before: DIGEST,
  after: `sha256:${'b'.repeat(64)}`,
  changed: true,
  dryRun: false,
  mode: 'attach',
  signatures: [],
  leftBehind: [],
  report: null,
  audit: { seq: 2, hash: DIGEST },
};
const sign = vi.fn<(order: SignRequest, visit: SignVisit) => Promise<SignResult>>();
beforeEach(() => {
  sign.mockReset();
  sign.mockResolvedValue(ANSWER);
});

async function post(
  body: unknown,
  headers: Record<string, string> = CI,
  fields = {},
  dependencies = { sign },
) {
  const world = await startApp(fields, dependencies);
  const ask = async (next: unknown = body) => {
    const text = typeof next === 'string' ? next : JSON.stringify(next);
    const response = await world.app.request('/v1/sign', { method: 'POST', headers, body: text });
    // biome-ignore lint/suspicious/noExplicitAny: tests read answers and problems alike
    return { status: response.status, headers: response.headers, body: (await response.json()) as any };
  };
  return { ...(await ask()), ask, world };
}

describe('POST /v1/sign', () => {
  test('hands one chart to the signer, and answers 201', async () => {
    const order = {
      ...ORDER,
      version: '1.2.3',
      mode: 'detached',
      replace: true,
      refuseIfReferrers: true,
      identityToken: 'the.identity.token',
      dryRun: false,
    };
    const { status, body, world } = await post(order, { ...CI, 'x-request-id': 'request-0001' });
    expect([status, body]).toEqual([201, ANSWER]);
    expect(sign).toHaveBeenCalledExactlyOnceWith(order, {
      caller: 'ci',
      requestId: 'request-0001',
      signal: expect.any(AbortSignal),
    });
    expect(world.lines.at(-1)).toMatchObject({
      caller: 'ci',
      status: 201,
      signed: [{ reference: ORDER.reference, before: DIGEST, changed: true, audit: 2 }],
    });
  });

  test('answers 200 when nothing had to change, and for a dry run', async () => {
    sign.mockResolvedValueOnce({ ...ANSWER, changed: false });
    expect((await post(ORDER)).status).toBe(200);
    sign.mockResolvedValueOnce({ ...ANSWER, dryRun: true, after: null, audit: null });
    expect((await post({ ...ORDER, dryRun: true })).status).toBe(200);
  });

  test('knows who asks before it reads anything, and asks nobody else', async () => {
    for (const headers of [{}, { authorization: 'Bearer nobody-nobody-nobody' }]) {
      expect((await post('no json', headers)).status).toBe(401);
      expect((await post('no json', headers, { access: { verify: 'anyone' } })).status).toBe(401);
    }
    expect(sign).not.toHaveBeenCalled();
  });

  test('takes the token of a job', async () => {
    const world = await startApp({}, { sign });
    const response = await world.app.request('/v1/sign', {
      method: 'POST',
      headers: { authorization: `Bearer ${await world.issuer.token()}` },
      body: JSON.stringify(ORDER),
    });
    expect(response.status).toBe(201);
    expect(sign.mock.calls[0]?.[1].caller).toBe('job');
  });

  test.each([
    ['no JSON', 'nonsense', 400, 'request.invalid', 'not JSON'],
    ['nothing', {}, 400, 'request.invalid', 'reference: missing'],
    ['a name without a list', { ...ORDER, with: 'a' }, 400, 'request.invalid', 'with: must be a list'],
    ['no key', { ...ORDER, with: [] }, 400, 'request.invalid', 'with'],
    ['a key twice', { ...ORDER, with: ['a', 'a'] }, 400, 'request.invalid', 'with: a name is there twice'],
    [
      'an unknown field',
      { ...ORDER, expectedDigets: DIGEST },
      400,
      'request.invalid',
      'unknown field "expectedDigets"',
    ],
    ['an unknown mode', { ...ORDER, mode: 'both' }, 400, 'request.invalid', 'mode'],
    ['a token that is none', { ...ORDER, identityToken: 5 }, 400, 'request.invalid', 'identityToken'],
    [
      'too long a token',
      { ...ORDER, identityToken: 'x'.repeat(16_385) },
      400,
      'request.invalid',
      'identityToken',
    ],
    ['no truth value', { ...ORDER, replace: 'yes' }, 400, 'request.invalid', 'replace'],
    ['both shapes', { ...ORDER, references: [ORDER] }, 400, 'request.invalid', ''],
    ['no references', { references: [], with: ['a'] }, 400, 'request.invalid', 'references'],
    [
      'texts as references',
      { references: ['oci://x'], with: ['a'] },
      400,
      'request.invalid',
      'references.0: must be an object',
    ],
    [
      'too many references',
      { references: Array(21).fill({ reference: 'x' }), with: ['a'] },
      400,
      'request.invalid',
      'at most 20',
    ],
    ['too large a body', { ...ORDER, version: 'x'.repeat(70_000) }, 413, 'request.too_large', ''],
  ])('refuses %s', async (_name, body, status, code, detail) => {
    const answer = await post(body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.body.detail).toContain(detail);
    expect(sign).not.toHaveBeenCalled();
  });

  test.each([
    ['sign.tag_required', 422],
    ['sign.digest_required', 422],
    ['sign.digest_mismatch', 409],
    ['sign.tag_moved', 409],
    ['sign.unknown_key', 422],
    ['sign.caller', 403],
    ['sign.repository', 403],
    ['sign.one_pgp', 422],
    ['sign.already_signed', 409],
    ['sign.replace_refused', 403],
    ['sign.not_allowed', 403],
    ['sign.archive', 422],
    ['sign.has_referrers', 409],
    ['sign.locked', 409],
    ['sign.self_check', 500],
    ['sign.identity_required', 422],
    ['sign.identity_token', 422],
    ['sign.identity_refused', 403],
    ['sign.service_unavailable', 503],
    ['sign.service_refused', 502],
    ['sign.log_duplicate', 503],
    ['sign.cosign_key_unusable', 500],
    ['sign.signing_config', 500],
    ['sign.key_unusable', 500],
    ['sign.signer_refused', 502],
    ['sign.signer_unavailable', 503],
    ['registry.tag_immutable', 409],
    ['registry.upload_refused', 502],
    ['registry.timeout', 504],
    ['registry.rate_limited', 503],
    ['manifest.index', 422],
    ['audit.unavailable', 503],
    ['lock.unavailable', 503],
    ['chart.not_found', 404],
  ] as const)('answers %s with %i and its own words', async (code, status) => {
    sign.mockRejectedValueOnce(new ChartsealError(code, 'what happened', { retryable: true, retryAfter: 7 }));
    const answer = await post(ORDER);
    expect([answer.status, answer.body.code, answer.body.detail]).toEqual([status, code, 'what happened']);
    expect([answer.body.retryable, answer.headers.get('retry-after')]).toEqual([true, '7']);
  });

  test('shows nothing of an error that nobody threw on purpose', async () => {
    sign.mockRejectedValueOnce(new Error('-----BEGIN PGP PRIVATE KEY BLOCK-----'));
    const answer = await post(ORDER);
    expect([answer.status, answer.body.code]).toEqual([500, 'internal.error']);
    expect(JSON.stringify(answer.body)).not.toContain('PRIVATE');
  });

  test('signs many, keeps their order, and lets no part stand for the whole', async () => {
    const references = ['a', 'b', 'c'].map((name) => ({
      reference: `oci://registry.test/${name}:1`,
      expectedDigest: DIGEST,
    }));
    const many = { references, with: ['release'], mode: 'attach' };
    sign.mockImplementation(async ({ reference }) => ({
      ...ANSWER,
      reference,
      changed: reference.includes('/b'),
    }));
    const good = await post(many);
    expect(good.status).toBe(201);
    expect(good.body.map((item: SignResult) => item.reference)).toEqual(
      references.map(({ reference }) => reference),
    );
    expect(sign.mock.calls[0]?.[0]).toEqual({ ...references[0], with: ['release'], mode: 'attach' });
    sign.mockImplementation(async () => ({ ...ANSWER, changed: false }));
    expect((await good.ask()).status).toBe(200);
    sign.mockImplementation(async ({ reference }) => {
      if (reference.includes('/a')) throw new ChartsealError('sign.caller', 'not this one');
      if (reference.includes('/c')) throw new ChartsealError('sign.tag_moved', 'moved');
      return ANSWER;
    });
    const part = await good.ask();
    expect(part.status).toBe(409);
    expect(part.body.map((item: { code?: string }) => item.code ?? 'signed')).toEqual([
      'sign.caller',
      'signed',
      'sign.tag_moved',
    ]);
  });

  test('is limited for each caller by itself', async () => {
    const { status, ask, world } = await post(ORDER, CI, { limits: { rate: { callerSignatures: 2 } } });
    expect([status, (await ask()).status]).toEqual([201, 201]);
    const limited = await ask();
    expect([limited.status, limited.headers.get('retry-after'), limited.body.detail]).toEqual([
      429,
      '1',
      'too many signatures were asked for',
    ]);
    const other = await world.app.request('/v1/sign', {
      method: 'POST',
      headers: OPERATOR,
      body: JSON.stringify(ORDER),
    });
    expect(other.status).toBe(201);
    world.state.now += 500;
    expect((await ask()).status).toBe(201);
    expect(sign).toHaveBeenCalledTimes(4);
  });

  test('is not there where nothing signs; and takes POST only', async () => {
    const none = await post(ORDER, CI, {}, {} as never);
    expect([none.status, none.body.code]).toEqual([404, 'request.not_found']);
    const get = await none.world.app.request('/v1/sign');
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('GET /v1/audit', () => {
  async function start(records = 5) {
    const { audit } = createMemoryState({ clock: () => NOW });
    for (let i = 0; i < records; i++) {
      await audit.append({
        kind: 'intent',
        requestId: `r${i}`,
        caller: 'ci',
        reference: 'oci://r.test/a:1',
        keys: [],
      });
    }
    const world = await startApp({}, { audit });
    return async (query = '', headers: Record<string, string> = OPERATOR) => {
      const response = await world.app.request(`/v1/audit${query}`, { headers });
      // biome-ignore lint/suspicious/noExplicitAny: tests read answers and problems alike
      return { status: response.status, body: (await response.json()) as any, headers: response.headers };
    };
  }

  test('gives pages, oldest first, with the head', async () => {
    const get = await start();
    const all = await get();
    expect(all.body.records.map(({ seq }: { seq: number }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect([all.body.next, all.body.head.seq, all.headers.get('cache-control')]).toEqual([
      null,
      5,
      'no-store',
    ]);
    const page = await get('?after=1&limit=2');
    expect([page.body.records.map(({ seq }: { seq: number }) => seq), page.body.next]).toEqual([[2, 3], 3]);
    expect((await get('?after=5')).body).toMatchObject({ records: [], next: null, head: { seq: 5 } });
    expect((await (await start(0))()).body).toEqual({ records: [], head: null, next: null });
  });

  test('is for those whom the configuration names', async () => {
    const get = await start();
    expect((await get('', {})).status).toBe(401);
    const other = await get('', CI);
    expect([other.status, other.body.code]).toEqual([403, 'request.forbidden']);
    expect(other.body.detail).toContain('access.audit');
  });

  test.each([
    '?limit=0',
    '?limit=1001',
    '?limit=x',
    '?after=-1',
    '?after=1.5',
    '?after=1&after=2',
    '?limit=',
  ])('refuses %s', async (query) => {
    const get = await start();
    expect([(await get(query)).status, (await get(query)).body.code]).toEqual([400, 'request.invalid']);
  });
});
