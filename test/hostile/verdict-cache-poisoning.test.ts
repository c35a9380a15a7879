import { beforeEach, describe, expect, it } from 'vitest';
import type { Report } from '../../src/report/index.ts';
import {
  recallVerdict,
  rememberVerdict,
  type VerifyContext,
  type VerifyTask,
} from '../../src/verification/index.ts';
import { fixture } from '../support/fixtures.ts';
import { ask } from '../support/service.ts';
import { AUTHORIZED, createWorld, pushGood, type World, type WorldOptions } from '../support/world.ts';

// A kept verdict must never be told for another chart, tag, policy, depth or asker than it was made for.

const GOOD = 'oci://registry.test/charts/app:1.2.3';
const codes = (body: { reasons: { code: string }[] }) => body.reasons.map((reason) => reason.code);
const DIGEST = `sha256:${'ab'.repeat(32)}`;
let world: World;
const start = async (options: WorldOptions = {}) => {
  world = await createWorld(options);
  return pushGood(world.registry);
};
const verify = async (reference: string, more: Record<string, unknown> = {}) =>
  (await ask(world.service, { reference, ...more }, AUTHORIZED)).body;

describe('an allow is not told', () => {
  let digest: string;
  beforeEach(async () => {
    ({ digest } = await start());
    expect((await verify(GOOD)).verdict).toBe('allow');
    expect((await verify(`oci://registry.test/charts/app@${digest}`)).verdict).toBe('allow');
  });

  it('of the same manifest under another tag or in another repository', async () => {
    await pushGood(world.registry, 'charts/app', '1.2.4');
    await pushGood(world.registry, 'charts/other', '1.2.3');
    expect(codes(await verify('oci://registry.test/charts/app:1.2.4'))[0]).toBe('chart.version_mismatch');
    expect(codes(await verify(`oci://registry.test/charts/app:1.2.4@${digest}`))[0]).toBe(
      'chart.version_mismatch',
    );
    expect(codes(await verify('oci://registry.test/charts/other:1.2.3'))[0]).toBe('chart.name_mismatch');
    expect(codes(await verify(`oci://registry.test/charts/other@${digest}`))[0]).toBe('chart.name_mismatch');
  });

  it('of a tag that moved, nor after it moved back and forth', async () => {
    const unsigned = { archive: await fixture('demo/unsigned/app-1.2.3.tgz') };
    for (let round = 0; round < 3; round++) {
      const moved = await world.registry.pushChart('charts/app', '1.2.3', unsigned);
      const denied = await verify(GOOD);
      expect([denied.verdict, denied.subject.digest]).toEqual(['deny', moved.digest]);
      await pushGood(world.registry);
      const allowed = await verify(GOOD);
      expect([allowed.verdict, allowed.subject.digest]).toEqual(['allow', digest]);
    }
  });

  it('of another digest than HEAD named, when the tag moves between HEAD and GET', async () => {
    const before = await world.registry.pushChart('charts/app', '1.2.3', { archive: new Uint8Array(10) });
    const original = world.registry.fetch.bind(world.registry);
    world.registry.fetch = async (request) => {
      const answer = await original(request);
      if (request.method === 'HEAD') await pushGood(world.registry);
      return answer;
    };
    const body = await verify(GOOD);
    expect([body.verdict, body.subject.digest]).toEqual(['deny', before.digest]);
  });

  it('of a digest that HEAD only claims, for what GET then gives', async () => {
    // HEAD names a manifest that is kept as good: the report is about that one, and says so by its digest.
    await world.registry.pushChart('charts/app', '1.2.3', { archive: new Uint8Array(10) });
    const original = world.registry.fetch.bind(world.registry);
    world.registry.fetch = async (request) =>
      request.method === 'HEAD'
        ? new Response(null, { headers: { 'docker-content-digest': digest } })
        : original(request);
    const kept = await verify(GOOD);
    expect([kept.subject.digest, kept.subject.pinned]).toEqual([
      digest,
      `oci://registry.test/charts/app@${digest}`,
    ]);

    // HEAD names the good manifest of another tag: it is judged for the tag that was asked for.
    world.registry.fetch = original;
    const old = await world.registry.pushChart('charts/app', '1.0.0', {
      archive: await fixture('demo/app-1.0.0.tgz'),
      prov: await fixture('demo/app-1.0.0.tgz.prov'),
    });
    expect((await verify('oci://registry.test/charts/app:1.0.0')).verdict).toBe('allow');
    world.registry.fetch = async (request) =>
      request.method === 'HEAD'
        ? new Response(null, { headers: { 'docker-content-digest': old.digest } })
        : original(request);
    const lied = await verify(GOOD);
    expect([lied.verdict, codes(lied)[0], lied.subject.digest]).toEqual([
      'deny',
      'chart.version_mismatch',
      old.digest,
    ]);
  });

  it.each(['sha256:short', 'latest', `sha512:${'a'.repeat(128)}`, `sha256:${'A'.repeat(64)}`, '../../evil'])(
    'for a digest header that is none: %s',
    async (header) => {
      const original = world.registry.fetch.bind(world.registry);
      world.registry.fetch = async (request) =>
        request.method === 'HEAD'
          ? new Response(null, { headers: { 'docker-content-digest': header } })
          : original(request);
      expect((await verify(GOOD)).stats.cache).toBe('miss');
    },
  );
});

it('a verdict of one policy is not told for another', async () => {
  await start({
    config: {
      trust: { release: { pgp: 'release.asc' }, other: { pgp: 'stranger.asc' } },
      policies: [
        { name: 'loose', match: ['registry.test/charts/**'], require: 'release' },
        { name: 'strict', match: ['**'], require: 'other' },
      ],
    },
  });
  expect((await verify(GOOD)).verdict).toBe('allow');
  expect((await verify(GOOD, { policy: 'strict' })).verdict).toBe('deny');
  expect((await verify(GOOD, { policy: 'loose' })).verdict).toBe('allow');
  expect((await verify(GOOD)).verdict).toBe('allow');
});

it('a verdict on the signature is not told for the content', async () => {
  world = await createWorld();
  await world.registry.pushChart('charts/app', '1.2.3', {
    archive: await fixture('demo/app-1.2.3.tgz'),
    prov: await fixture('demo/app-1.2.3.tgz.prov'),
  });
  expect((await verify(GOOD)).depth).toBe('signature');
  world.registry.quirks = { status: { match: /blobs/, status: 403 } };
  const deep = await verify(GOOD, { depth: 'content' });
  expect([deep.verdict, deep.depth]).toEqual(['inconclusive', 'content']);
});

it('what callers may see is not told to anyone, nor the other way', async () => {
  const auth = { basic: { user: 'robot', password: 'password-1' } };
  await start({
    config: {
      access: { verify: 'anyone' },
      registries: [{ host: 'registry.test', credentials: { secret: 'REGISTRY' } }],
    },
    secrets: { REGISTRY: 'robot:password-1' },
  });
  world.registry.quirks = { auth };
  expect((await verify(GOOD)).verdict).toBe('allow');
  const anyone = async () => (await ask(world.service, { reference: GOOD })).body;
  expect((await anyone()).verdict).toBe('inconclusive');
  world.registry.quirks = {};
  expect(await anyone()).toMatchObject({ verdict: 'allow', stats: { cache: 'miss' } });
  world.registry.quirks = { auth };
  expect((await anyone()).verdict).toBe('inconclusive');
});

it('reports that a stranger can make large are cut, and what stays large is not kept', async () => {
  await start();
  const huge = 'x'.repeat(3_000_000);
  await world.registry.pushChart('charts/app', '1.2.3', {
    archive: await fixture('demo/unsigned/app-1.2.3.tgz'),
    annotations: { 'org.opencontainers.image.title': huge, 'org.opencontainers.image.version': huge },
  });
  for (const format of ['json', 'text', 'markdown']) {
    const { body } = await ask(world.service, { reference: GOOD }, AUTHORIZED, `?format=${format}`);
    expect((typeof body === 'string' ? body : JSON.stringify(body)).length).toBeLessThan(20_000);
  }
  const many = (_: unknown, index: number) => [`k${index}`, 'v'.repeat(20)];
  await world.registry.pushChart('charts/app', '1.2.3', {
    archive: await fixture('demo/app-1.2.3.tgz'),
    prov: await fixture('demo/app-1.2.3.tgz.prov'),
    annotations: Object.fromEntries(Array.from({ length: 80_000 }, many)),
  });
  const { body } = await ask(world.service, { reference: GOOD }, AUTHORIZED);
  expect(body.verdict).toBe('allow');
  expect(JSON.stringify(body).length).toBeLessThan(20_000);
});

it('a verdict by what a policy said before is not told for what it says now', async () => {
  const kept = new Map<string, string>();
  const cache = {
    get: async (key: string) => kept.get(key),
    set: async (key: string, value: string) => void kept.set(key, value),
  };
  const task = (revision: string) =>
    ({
      reference: { host: 'registry.test', repository: 'charts/app', digest: DIGEST },
      policies: [{ policy: { name: 'default', revision }, chosenBy: 'match' }],
      depth: 'signature',
      startedAt: 0,
      session: { stats: {} },
    }) as unknown as VerifyTask;
  const context = { cache, scope: 'callers', clock: () => 0, newId: () => 'id' } as unknown as VerifyContext;
  const report = { verdict: 'allow', subject: { digest: DIGEST } } as Report;
  await rememberVerdict(task('sha256:old'), report, 1, context);
  expect((await recallVerdict(task('sha256:old'), context)).report?.verdict).toBe('allow');
  expect((await recallVerdict(task('sha256:new'), context)).report).toBeUndefined();
});
