import { beforeEach, describe, expect, it } from 'vitest';
import { fixture } from '../support/fixtures.ts';
import { ask, NOW } from '../support/service.ts';
import { AUTHORIZED, appConfig, createWorld, pushGood, type World } from '../support/world.ts';

const GOOD = 'oci://registry.test/charts/app:1.2.3';
const codes = (body: { reasons: { code: string }[] }) => body.reasons.map((reason) => reason.code);

let world: World;
const verify = (body: unknown, headers: Record<string, string> = {}, query = '') =>
  ask(world.service, body, { ...AUTHORIZED, ...headers }, query);

describe('a well signed chart', () => {
  let digest: string;

  beforeEach(async () => {
    world = await createWorld();
    ({ digest } = await pushGood(world.registry));
    world.registry.requests.length = 0;
  });

  it('is allowed, and the report names the digest that was read', async () => {
    const { status, headers, body } = await verify({ reference: GOOD });
    expect(status).toBe(200);
    expect(body.verdict).toBe('allow');
    expect(body.subject.digest).toBe(digest);
    expect(body.subject.pinned).toBe(`oci://registry.test/charts/app@${digest}`);
    expect(body.subject.chart).toMatchObject({
      name: 'app',
      version: '1.2.3',
      appVersion: '2.0',
      signed: true,
    });
    expect(body.policy).toMatchObject({ name: 'default', mode: 'enforce', chosenBy: 'match' });
    expect(codes(body)).toEqual(['policy.satisfied']);
    expect(body.evidence[0].trustedAs).toEqual(['release']);
    expect(headers.get('chartseal-verdict')).toBe('allow');
    expect(headers.get('chartseal-digest')).toBe(digest);
    expect(body.clients.map((client: { outcome: string }) => client.outcome)).toEqual([
      'accept',
      'accept',
      'accept',
    ]);
  });

  it('costs two requests, and again one HEAD by tag and none by digest', async () => {
    const first = await verify({ reference: GOOD });
    expect(world.registry.requests.map(({ method }) => method)).toEqual(['GET', 'GET']);
    expect(first.body.stats).toMatchObject({ registryRequests: 2, cache: 'miss' });

    world.registry.requests.length = 0;
    const second = await verify({ reference: GOOD });
    expect(world.registry.requests.map(({ method }) => method)).toEqual(['HEAD']);
    expect(second.body.stats).toMatchObject({ registryRequests: 1, cache: 'hit' });
    expect(second.body.verdict).toBe('allow');
    expect(second.body.subject).toEqual(first.body.subject);
    expect(second.body.id).not.toBe(first.body.id);

    const byDigest = `oci://registry.test/charts/app@${digest}`;
    world.registry.requests.length = 0;
    await verify({ reference: byDigest });
    expect(world.registry.requests.map(({ method }) => method)).toEqual(['GET', 'GET']);
    world.registry.requests.length = 0;
    const again = await verify({ reference: byDigest });
    expect(world.registry.requests).toEqual([]);
    expect(again.body.stats).toMatchObject({ registryRequests: 0, cache: 'hit' });
  });

  it('is read anew with Cache-Control: no-cache', async () => {
    await verify({ reference: GOOD });
    world.registry.requests.length = 0;
    const { body } = await verify({ reference: GOOD }, { 'cache-control': 'no-cache' });
    expect(world.registry.requests.map(({ method }) => method)).toEqual(['GET', 'GET']);
    expect(body.stats.cache).toBe('bypass');
  });

  it('is judged anew when its tag moves', async () => {
    await verify({ reference: GOOD });
    const archive = await fixture('demo/unsigned/app-1.2.3.tgz');
    const moved = await world.registry.pushChart('charts/app', '1.2.3', {
      archive,
      config: await appConfig(),
      created: '2026-11-24T10:00:00Z',
    });
    const { body } = await verify({ reference: GOOD });
    expect(body.verdict).toBe('deny');
    expect(body.subject.digest).toBe(moved.digest);
  });

  it('is allowed under a version range, which is resolved as Helm does', async () => {
    const archive = await fixture('demo/app-1.0.0.tgz');
    const prov = await fixture('demo/app-1.0.0.tgz.prov');
    await world.registry.pushChart('charts/app', '1.0.0', { archive, prov });
    for (const [version, tag] of [
      ['1.x', '1.2.3'],
      ['<1.2.0', '1.0.0'],
      ['>=1.0.0, !=1.2.3', '1.0.0'],
    ]) {
      const { body } = await verify({ reference: 'oci://registry.test/charts/app', version });
      expect(body.subject.reference).toBe(`oci://registry.test/charts/app:${tag}`);
      expect(body.verdict).toBe('allow');
    }
    const none = await verify({ reference: 'oci://registry.test/charts/app', version: '>=2' });
    expect(none.status).toBe(404);
    expect(none.body.code).toBe('chart.no_matching_version');
  });

  it('is allowed with its content read, which lists what is in it', async () => {
    const { body } = await verify({ reference: GOOD, depth: 'content' });
    expect(body.verdict).toBe('allow');
    expect(body.depth).toBe('content');
    expect(body.content.checks.filter((check: { outcome: string }) => check.outcome === 'fail')).toEqual([]);
    expect(body.stats.registryRequests).toBe(3);
  });

  it('is found under a tag with build metadata', async () => {
    const archive = await fixture('demo/app-1.2.3+build.7.tgz');
    const prov = await fixture('demo/app-1.2.3+build.7.tgz.prov');
    await world.registry.pushChart('charts/app', '1.2.3_build.7', { archive, prov });
    // Helm takes the plus sign in --version only, and says so of the others.
    for (const [request, words] of [
      [{ reference: 'oci://registry.test/charts/app', version: '1.2.3+build.7' }, ''],
      [
        { reference: 'oci://registry.test/charts/app:1.2.3+build.7' },
        'invalid reference: invalid tag "1.2.3+build.7"',
      ],
      [{ reference: 'oci://registry.test/charts/app:1.2.3_build.7' }, 'improper constraint: "1.2.3_build.7"'],
    ] as const) {
      const { body } = await verify(request);
      expect(body.verdict).toBe('allow');
      expect(body.clients[0].message).toBe(words);
    }
  });

  it('is read from a registry that packs its answers and sends no digest header', async () => {
    world.registry.quirks = { gzip: true, noDigestHeader: true };
    expect((await verify({ reference: GOOD })).body.verdict).toBe('allow');
  });
});

describe('a chart that is not signed as the policy asks', () => {
  beforeEach(async () => {
    world = await createWorld();
  });

  it.each([
    ['unsigned', 'unsigned/app-1.2.3.tgz', undefined, 'pgp.provenance_missing'],
    ['tampered', 'tampered/app-1.2.3.tgz', 'tampered/app-1.2.3.tgz.prov', 'pgp.digest_mismatch'],
    ['signed by a stranger', 'stranger/app-1.2.3.tgz', 'stranger/app-1.2.3.tgz.prov', 'pgp.untrusted_key'],
  ])('is denied when %s', async (_name, archive, prov, code) => {
    await world.registry.pushChart('charts/app', '1.2.3', {
      archive: await fixture(`demo/${archive}`),
      ...(prov === undefined ? {} : { prov: await fixture(`demo/${prov}`) }),
    });
    const { body } = await verify({ reference: GOOD });
    expect(body.verdict).toBe('deny');
    expect(body.retryable).toBe(false);
    expect(codes(body)).toContain(code);
    expect(body.reasons.every((reason: { help: string }) => reason.help.length > 10)).toBe(true);
  });

  it('is denied with the words that help: who signed, who is trusted, what to do', async () => {
    await world.registry.pushChart('charts/app', '1.2.3', {
      archive: await fixture('demo/stranger/app-1.2.3.tgz'),
      prov: await fixture('demo/stranger/app-1.2.3.tgz.prov'),
    });
    const { body } = await verify({ reference: GOOD });
    const reason = body.reasons.find(({ code }: { code: string }) => code === 'pgp.untrusted_key');
    expect(reason.message).toMatch(/signed by (0x)?[0-9A-F]{16}; release trusts 0x[0-9A-F]{16}/);
    expect(reason.trust).toBe('release');
  });
});

describe('policies', () => {
  const trust = { release: { pgp: 'release.asc' }, other: { pgp: 'stranger.asc' } };

  it('deny what none of them covers, without asking the registry', async () => {
    world = await createWorld({
      config: { policies: [{ name: 'prod', match: ['registry.test/prod/**'], require: 'release' }] },
    });
    await pushGood(world.registry);
    world.registry.requests.length = 0;
    const { body } = await verify({ reference: GOOD });
    expect(body.verdict).toBe('deny');
    expect(codes(body)).toEqual(['policy.no_match']);
    expect(body.policy).toBeNull();
    expect(world.registry.requests).toEqual([]);
  });

  it.each([
    [{ anyOf: ['other', 'release'] }, 'allow'],
    [{ allOf: ['other', 'release'] }, 'deny'],
    [{ atLeast: { count: 1, of: ['other', 'release'] } }, 'allow'],
    [{ atLeast: { count: 2, of: ['other', 'release'] } }, 'deny'],
  ])('judge %j to %s', async (require, verdict) => {
    world = await createWorld({ config: { trust, policies: [{ name: 'p', match: ['**'], require }] } });
    await pushGood(world.registry);
    expect((await verify({ reference: GOOD })).body.verdict).toBe(verdict);
  });

  it('count one key once, whatever it is called', async () => {
    const twice = { a: { pgp: 'release.asc' }, b: { pgp: 'release.asc' } };
    const require = { atLeast: { count: 2, of: ['a', 'b'] } };
    world = await createWorld({
      config: { trust: twice, policies: [{ name: 'p', match: ['**'], require }] },
    });
    await pushGood(world.registry);
    expect((await verify({ reference: GOOD })).body.verdict).toBe('deny');
  });

  it('that only warn state the verdict and do not enforce it', async () => {
    world = await createWorld({
      config: { trust, policies: [{ name: 'p', match: ['**'], require: 'other', mode: 'warn' }] },
    });
    await pushGood(world.registry);
    const { status, body } = await verify({ reference: GOOD }, {}, '?status=verdict');
    expect(body).toMatchObject({ verdict: 'deny', enforced: false });
    expect(status).toBe(200);
  });

  it('are tightened and never loosened by the caller', async () => {
    const policies = [
      { name: 'strict', match: ['registry.test/charts/**'], require: 'release' },
      { name: 'other', match: ['**'], require: 'other' },
      { name: 'elsewhere', match: ['registry.test/elsewhere/**'], require: 'release' },
    ];
    world = await createWorld({ config: { trust, policies } });
    await pushGood(world.registry);
    const named = await verify({ reference: GOOD, policy: 'other' });
    expect(named.body.verdict).toBe('deny');
    expect(named.body.policies).toMatchObject([
      { name: 'strict', chosenBy: 'match', verdict: 'allow' },
      { name: 'other', chosenBy: 'request', verdict: 'deny' },
    ]);
    expect(await verify({ reference: GOOD, policy: 'elsewhere' })).toMatchObject({
      status: 422,
      body: { code: 'policy.not_covering' },
    });
    expect(await verify({ reference: GOOD, policy: 'nobody' })).toMatchObject({
      status: 422,
      body: { code: 'policy.unknown' },
    });
  });

  it('deny what is recalled: digests of manifest and archive, signers', async () => {
    world = await createWorld();
    const pushed = await pushGood(world.registry);
    const { body } = await verify({ reference: GOOD });
    const { fingerprint } = body.evidence[0].signer;
    for (const [blocked, code] of [
      [{ digests: [pushed.digest] }, 'blocked.digest'],
      [{ digests: [pushed.archive] }, 'blocked.digest'],
      [{ signers: [fingerprint.toLowerCase()] }, 'blocked.signer'],
    ] as const) {
      world = await createWorld({ config: { blocked } });
      await pushGood(world.registry);
      const recalled = await verify({ reference: GOOD });
      expect(recalled.body.verdict).toBe('deny');
      expect(codes(recalled.body)).toContain(code);
    }
  });

  it('judge the expiry of a key when it signed, or now, and state both', async () => {
    for (const [expiry, verdict] of [
      ['at-signing', 'allow'],
      ['now', 'deny'],
    ] as const) {
      world = await createWorld({
        config: { trust: { release: { pgp: 'expired.asc', expiry } } },
        files: { 'expired.asc': await fixture('keys/expired.asc') },
      });
      await world.registry.pushChart('charts/app', '1.2.3', {
        archive: await fixture('demo/expired/app-1.2.3.tgz'),
        prov: await fixture('demo/expired/app-1.2.3.tgz.prov'),
      });
      const { body } = await verify({ reference: GOOD });
      expect(body.verdict).toBe(verdict);
      expect(body.evidence[0].checks.map((check: { code?: string }) => check.code)).toContain(
        'pgp.key_expired',
      );
      expect(
        body.clients.map((client: { outcome: string; message: string }) => [client.outcome, client.message]),
      ).toEqual([
        ['accept', ''],
        ['refuse', 'openpgp: key expired'],
        ['refuse', 'openpgp: key expired'],
      ]);
    }
  });

  it.each([
    ['now', 'deny'],
    ['at-signing', 'allow'],
  ])('let what was said end when a key expires, judged %s', async (expiry, verdict) => {
    world = await createWorld({
      config: { trust: { release: { pgp: 'expired.asc', expiry } } },
      files: { 'expired.asc': await fixture('keys/expired.asc') },
      now: Date.UTC(2026, 9, 15),
    });
    await world.registry.pushChart('charts/app', '1.2.3', {
      archive: await fixture('demo/expired/app-1.2.3.tgz'),
      prov: await fixture('demo/expired/app-1.2.3.tgz.prov'),
    });
    const before = (await verify({ reference: GOOD })).body;
    expect([before.verdict, before.clients[2].outcome]).toEqual(['allow', 'accept']);
    await world.service.setNow(NOW);
    const after = (await verify({ reference: GOOD })).body;
    expect([after.verdict, after.clients[2].outcome, after.stats.cache]).toEqual([verdict, 'refuse', 'miss']);
  });
});
