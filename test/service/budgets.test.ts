import { beforeEach, describe, expect, it } from 'vitest';
import { ask, NOW } from '../support/service.ts';
import { AUTHORIZED, createWorld, pushGood, type World, type WorldOptions } from '../support/world.ts';

// The table of budgets, request by request, as the registry's own log counts them.

const GOOD = 'oci://registry.test/charts/app:1.2.3';
const FRESH = { ...AUTHORIZED, 'cache-control': 'no-cache' };
const codes = (body: { reasons: { code: string }[] }) => body.reasons.map((reason) => reason.code);

let world: World;
const log = () =>
  world.registry.requests.map(({ kind, method, path }) => `${kind} ${method} ${path.split('?')[0]}`);
const forgetLog = () => {
  world.registry.requests.length = 0;
};

describe('anonymous', () => {
  let manifest: string;
  let prov: string;

  beforeEach(async () => {
    world = await createWorld();
    const pushed = await pushGood(world.registry);
    manifest = pushed.digest;
    prov = pushed.prov ?? '';
  });

  it('by tag: 2 requests; again: 1 HEAD; by its digest: 2, then none', async () => {
    const first = await ask(world.service, { reference: GOOD }, AUTHORIZED);
    expect(log()).toEqual([
      'registry GET /v2/charts/app/manifests/1.2.3',
      `registry GET /v2/charts/app/blobs/${prov}`,
    ]);
    expect(first.body.stats).toMatchObject({ registryRequests: 2, tokenRequests: 0, cache: 'miss' });

    for (let again = 0; again < 3; again++) {
      forgetLog();
      const { body } = await ask(world.service, { reference: GOOD }, AUTHORIZED);
      expect(log()).toEqual(['registry HEAD /v2/charts/app/manifests/1.2.3']);
      expect(body.stats).toMatchObject({ registryRequests: 1, bytes: 0, cache: 'hit' });
    }

    forgetLog();
    const reference = `oci://registry.test/charts/app@${manifest}`;
    await ask(world.service, { reference }, AUTHORIZED);
    expect(log()).toEqual([
      `registry GET /v2/charts/app/manifests/${manifest}`,
      `registry GET /v2/charts/app/blobs/${prov}`,
    ]);
    forgetLog();
    const { body } = await ask(world.service, { reference }, AUTHORIZED);
    expect(log()).toEqual([]);
    expect(body.stats).toMatchObject({ registryRequests: 0, cache: 'hit' });
  });

  it('by tag and digest: as by digest', async () => {
    const reference = `${GOOD}@${manifest}`;
    await ask(world.service, { reference }, AUTHORIZED);
    expect(log()).toHaveLength(2);
    forgetLog();
    await ask(world.service, { reference }, AUTHORIZED);
    expect(log()).toEqual([]);
  });

  it('an unsigned chart: its manifest, and whether a referrer signs it', async () => {
    await world.registry.pushChart('plain/app', '1.2.3', { archive: new Uint8Array(99) });
    const reference = 'oci://registry.test/plain/app:1.2.3';
    const { body } = await ask(world.service, { reference }, AUTHORIZED);
    expect(body.verdict).toBe('deny');
    expect(log()).toEqual([
      'registry GET /v2/plain/app/manifests/1.2.3',
      `registry GET /v2/plain/app/referrers/${body.subject.digest}`,
    ]);
  });

  it('by range: the pages of tags, then 2', async () => {
    await ask(world.service, { reference: 'oci://registry.test/charts/app', version: '^1' }, AUTHORIZED);
    expect(log().map((line) => line.split('/').at(-2))).toEqual(['tags', 'manifests', 'blobs']);
  });

  it('when the tag has moved: 1 HEAD more, and the manifest by the digest it told', async () => {
    await ask(world.service, { reference: GOOD }, AUTHORIZED);
    const moved = await world.registry.pushChart('charts/app', '1.2.3', { archive: new Uint8Array(99) });
    forgetLog();
    const { body } = await ask(world.service, { reference: GOOD }, AUTHORIZED);
    expect(body.verdict).toBe('deny');
    expect(log()).toEqual([
      'registry HEAD /v2/charts/app/manifests/1.2.3',
      `registry GET /v2/charts/app/manifests/${moved.digest}`,
      `registry GET /v2/charts/app/referrers/${moved.digest}`,
    ]);
  });

  it.each([
    ['no digest in its answers', { noDigestHeader: true }],
    ['no HEAD', { noHead: true }],
  ])('a registry with %s is read again, never taken for one that failed', async (_name, quirks) => {
    await ask(world.service, { reference: GOOD }, AUTHORIZED);
    world.registry.quirks = quirks;
    forgetLog();
    const { body } = await ask(world.service, { reference: GOOD }, AUTHORIZED);
    expect(body.verdict).toBe('allow');
    expect(log().map((line) => line.split(' ')[1])).toEqual(['HEAD', 'GET', 'GET']);
  });

  it('skips every cache where that is asked for', async () => {
    await ask(world.service, { reference: GOOD }, AUTHORIZED);
    forgetLog();
    const { body } = await ask(world.service, { reference: GOOD }, FRESH);
    expect(body.stats).toMatchObject({ registryRequests: 2, cache: 'bypass' });
    expect(world.registry.requests.map(({ headers }) => headers['cache-control'])).toEqual([
      'no-cache',
      'no-cache',
    ]);
  });
});

describe('with tokens', () => {
  const auth = {
    token: {
      realm: 'https://auth.example.com/token',
      service: 'registry.test',
      users: { robot: 'password-1' },
    },
  };

  // The registry's clock is the one in here.
  let options: WorldOptions;

  beforeEach(async () => {
    options = {
      config: {
        registries: [{ host: 'registry.test', credentials: { secret: 'REGISTRY' } }],
        limits: { rate: { callerVerifications: 1000 } },
      },
      secrets: { REGISTRY: 'robot:password-1' },
      others: { 'auth.example.com': { fetch: (request) => world.registry.fetch(request) } },
    };
    world = await createWorld(options);
    await pushGood(world.registry);
    world.registry.quirks = { auth };
  });

  it('one exchange a repository while it is valid, and no 401 for who has a token', async () => {
    const cold = await ask(world.service, { reference: GOOD }, AUTHORIZED);
    expect(cold.body.verdict).toBe('allow');
    expect(cold.body.stats).toMatchObject({ registryRequests: 3, tokenRequests: 1 });
    expect(
      log().map((line) => line.split('/').slice(0, 2).join('/').split(' ').slice(0, 2).join(' ')),
    ).toEqual(['registry GET', 'token GET', 'registry GET', 'registry GET']);
    for (let again = 0; again < 3; again++) {
      const warm = await ask(world.service, { reference: GOOD }, FRESH);
      expect(warm.body.stats).toMatchObject({ registryRequests: 2, tokenRequests: 0 });
    }

    // Another repository: how the registry asks is known, so that its token is fetched at once.
    await pushGood(world.registry, 'other/app');
    const other = await ask(world.service, { reference: 'oci://registry.test/other/app:1.2.3' }, AUTHORIZED);
    expect(other.body.verdict).toBe('allow');
    expect(other.body.stats).toMatchObject({ registryRequests: 2, tokenRequests: 1 });
    expect(world.registry.requests.filter(({ kind }) => kind === 'token').map(({ path }) => path)).toEqual([
      expect.stringContaining(`scope=${encodeURIComponent('repository:charts/app:pull')}`),
      expect.stringContaining(`scope=${encodeURIComponent('repository:other/app:pull')}`),
    ]);
  });

  it('a new exchange when the token has ended, without a 401', async () => {
    await ask(world.service, { reference: GOOD }, AUTHORIZED);
    options.now = NOW + 301_000;
    await world.service.setNow(options.now);
    const { body } = await ask(world.service, { reference: GOOD }, FRESH);
    expect(body.stats).toMatchObject({ registryRequests: 2, tokenRequests: 1 });
  });

  it('many references of one repository at once: one exchange', async () => {
    const references = Array(6).fill(GOOD);
    const { body } = await ask(world.service, { references }, FRESH);
    expect(body.map((report: { verdict: string }) => report.verdict)).toEqual(Array(6).fill('allow'));
    expect(log().filter((line) => line.startsWith('token'))).toHaveLength(1);
  });

  it('a session without credentials uses no token of one with', async () => {
    world = await createWorld({
      config: {
        access: { verify: 'anyone' },
        registries: [{ host: 'registry.test', credentials: { secret: 'REGISTRY' } }],
      },
      secrets: { REGISTRY: 'robot:password-1' },
      others: { 'auth.example.com': { fetch: (request) => world.registry.fetch(request) } },
    });
    await pushGood(world.registry);
    world.registry.quirks = { auth };
    expect((await ask(world.service, { reference: GOOD }, AUTHORIZED)).body.verdict).toBe('allow');
    forgetLog();
    const anyone = await ask(world.service, { reference: GOOD });
    expect(anyone.body.verdict).toBe('inconclusive');
    for (const { headers } of world.registry.requests) expect(headers).not.toHaveProperty('authorization');
  });
});

describe('many references in one request', () => {
  beforeEach(async () => {
    world = await createWorld({ config: { limits: { requests: 10, references: 20 } } });
    for (let index = 0; index < 8; index++) await pushGood(world.registry, `many${index}/app`);
  });
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => `oci://registry.test/many${index}/app:1.2.3`);

  it('share limits.requests: what fits is judged', async () => {
    const { body } = await ask(world.service, { references: many(5) }, FRESH);
    expect(body.map((report: { verdict: string }) => report.verdict)).toEqual(Array(5).fill('allow'));
    expect(log()).toHaveLength(10);
  });

  it('share limits.requests: what exceeds it is inconclusive, and no further request is made', async () => {
    const { body } = await ask(world.service, { references: many(8) }, FRESH);
    expect(log()).toHaveLength(10);
    const verdicts = body.map((report: { verdict: string }) => report.verdict);
    expect(verdicts).toContain('inconclusive');
    expect(verdicts).not.toContain('deny');
    for (const report of body.filter((one: { verdict: string }) => one.verdict !== 'allow')) {
      expect([report.verdict, report.retryable]).toEqual(['inconclusive', false]);
      expect(codes(report)).toContain('limit.requests');
    }
    // Asked again, the ones that were judged cost a HEAD only, and nothing of the failures was kept.
    forgetLog();
    for (const reference of many(8)) {
      expect((await ask(world.service, { reference }, AUTHORIZED)).body.verdict).toBe('allow');
    }
  });

  it('of the same chart are judged each; the later ones may use the verdict on the first', async () => {
    const references = Array(5).fill('oci://registry.test/many0/app:1.2.3');
    const { body } = await ask(world.service, { references }, AUTHORIZED);
    expect(new Set(body.map((report: { id: string }) => report.id)).size).toBe(5);
    expect(log().length).toBeLessThanOrEqual(10);
  });

  it('have their own budget in each request', async () => {
    for (let round = 0; round < 3; round++) {
      const { body } = await ask(world.service, { references: many(5) }, FRESH);
      expect(body.every((report: { verdict: string }) => report.verdict === 'allow')).toBe(true);
    }
  });

  it('one verification with more redirects and pages than allowed is inconclusive too', async () => {
    world.registry.quirks = { pageSize: 1 };
    for (let patch = 0; patch < 12; patch++) await pushGood(world.registry, 'pages/app', `1.0.${patch}`);
    const { body } = await ask(world.service, { reference: 'oci://registry.test/pages/app' }, AUTHORIZED);
    expect([body.verdict, codes(body)[0]]).toEqual(['inconclusive', 'limit.requests']);
    expect(log()).toHaveLength(10);
  });
});
