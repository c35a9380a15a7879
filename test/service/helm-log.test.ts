import { beforeEach, describe, expect, it } from 'vitest';
import { MEDIA_TYPES } from '../../src/chart/index.ts';
import { readClearsigned, readSecretKey } from '../../src/provenance/index.ts';
import { askFiles } from '../support/ask-files.ts';
import { fixture } from '../support/fixtures.ts';
import {
  ARCHIVE,
  changedBody,
  createHelmRekor,
  type HelmRekor,
  helmBody,
  REKOR,
} from '../support/helm-log.ts';
import { ask, NOW } from '../support/service.ts';
import {
  AUTHORIZED,
  appConfig,
  createWorld,
  pushGood,
  releaseSecret,
  type World,
  type WorldOptions,
} from '../support/world.ts';

/** Provenance looked up in a Rekor v1 log, by the whole service. */

const REFERENCE = 'oci://registry.test/charts/app:1.2.3';
const INDEX = 'POST /api/v1/index/retrieve';
const FACT = 'sigstore.chart_logged';
const MISSING = 'sigstore.chart_not_logged';
const codes = (body: { reasons: { code: string }[] }) => body.reasons.map(({ code }) => code);
const schemes = (body: { evidence: { scheme: string; trustedAs: string[] }[] }) =>
  body.evidence.map(({ scheme, trustedAs }) => [scheme, trustedAs]);

let log: HelmRekor;
let world: World;

async function start(require: boolean, options: WorldOptions = {}): Promise<void> {
  const transparencyLog = { rekor: REKOR, root: 'root.json', require };
  world = await createWorld({
    ...options,
    config: { trust: { release: { pgp: 'release.asc', transparencyLog } }, ...options.config },
    files: { 'root.json': log.rootJson },
    others: { [new URL(REKOR).host]: log.host, ...options.others },
  });
}

const judge = async (headers: Record<string, string> = {}) =>
  (await ask(world.service, { reference: REFERENCE }, { ...AUTHORIZED, ...headers })).body;
async function judgeFiles() {
  const files = {
    chart: await fixture('demo/app-1.2.3.tgz'),
    fileName: 'app-1.2.3.tgz',
    provenance: await fixture('demo/app-1.2.3.tgz.prov'),
    reference: REFERENCE,
  };
  return askFiles(world.service, files, AUTHORIZED);
}
const down = () => new Response('', { status: 503, headers: { 'retry-after': '30' } });

/** Another provenance of the demo's chart by the same key. */
async function signedAgain(): Promise<Uint8Array> {
  const { text } = readClearsigned(await fixture('demo/app-1.2.3.tgz.prov'));
  const signer = await readSecretKey(await releaseSecret(), { at: NOW });
  return new TextEncoder().encode(await signer.clearsign(`${text}\n`, NOW));
}

async function pushWith(prov?: Uint8Array) {
  const archive = await fixture('demo/app-1.2.3.tgz');
  const chart = { archive, config: await appConfig(), ...(prov === undefined ? {} : { prov }) };
  return world.registry.pushChart('charts/app', '1.2.3', chart);
}

async function attach(prov: Uint8Array, subject: { digest: string; bytes: Uint8Array }) {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const layer = await world.registry.putBlob('charts/app', prov);
  const config = await world.registry.putBlob('charts/app', new TextEncoder().encode('{}'));
  const manifest = {
    schemaVersion: 2,
    mediaType,
    artifactType: MEDIA_TYPES.provenance,
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: config, size: 2 },
    layers: [{ mediaType: MEDIA_TYPES.provenance, digest: layer, size: prov.length }],
    subject: { mediaType, digest: subject.digest, size: subject.bytes.length },
  };
  await world.registry.putManifest('charts/app', undefined, manifest, mediaType);
}

beforeEach(async () => {
  log = await createHelmRekor();
});

describe('a log that must have the chart', () => {
  it('has it: allow, with the time at which it was recorded, and two more requests to nobody but the log', async () => {
    await start(true);
    await pushGood(world.registry);
    const id = log.log(await helmBody());
    const body = await judge();
    expect(body.verdict).toBe('allow');
    const fact = body.reasons.find(({ code }: { code: string }) => code === FACT);
    expect(fact).toMatchObject({
      trust: 'release',
      message: `the log ${REKOR} recorded it on 2026-11-23T18:00:00.000Z`,
    });
    expect(body.evidence[1]).toMatchObject({
      source: { kind: 'log', digest: `sha256:${id.slice(-64)}` },
      signedAt: '2026-11-23T18:00:00.000Z',
    });
    expect(schemes(body)).toEqual([
      ['pgp', ['release']],
      ['sigstore', ['release']],
    ]);
    expect(body.stats.registryRequests).toBe(2);
    expect(world.registry.requests).toHaveLength(2);
    expect(log.asked).toEqual([INDEX, `GET /api/v1/log/entries/${id}`]);
    // What was found out is kept, and the log not asked again.
    await world.service.setNow(NOW + 60_000);
    expect((await judge()).stats.cache).toBe('hit');
    expect(log.asked).toHaveLength(2);
  });

  it('has it not: deny, for that reason, and the signature holds for nobody', async () => {
    await start(true);
    await pushGood(world.registry);
    const body = await judge();
    expect(body.verdict).toBe('deny');
    expect(codes(body)[0]).toBe(MISSING);
    expect(schemes(body)).toEqual([['pgp', []]]);
    // It may be uploaded at any moment.
    log.log(await helmBody());
    await world.service.setNow(NOW + 6_000);
    expect((await judge()).verdict).toBe('allow');
  });

  it.each([
    ['another chart', (body: Body) => (body.spec.chart.hash.value = '00'.repeat(32))],
    ['another key', (body: Body, stranger: string) => (body.spec.publicKey.content = stranger)],
    ['another signature', (body: Body, _: string, other: object) => (body.spec.chart.provenance = other)],
  ])('has an entry of %s under its digest: deny', async (_, change) => {
    await start(true);
    await pushGood(world.registry);
    const stranger = Buffer.from(await fixture('keys/stranger.asc')).toString('base64');
    const other = JSON.parse((await helmBody('helm-3.21.3-app-1.2.3')).toString('utf8'));
    log.log(await changedBody((body) => change(body, stranger, other.spec.chart.provenance)));
    const body = await judge();
    expect(body.verdict).toBe('deny');
    expect(codes(body)[0]).toBe(MISSING);
    expect(schemes(body)).toEqual([
      ['pgp', []],
      ['sigstore', []],
    ]);
  });

  it.each<[string, HelmRekor['instead'], string, boolean]>([
    ['is down', down, 'sigstore.log_unavailable', true],
    ['never answers', () => new Promise(() => {}), 'sigstore.log_unavailable', true],
    ['answers a page', () => new Response('<html>'), 'sigstore.log_protocol', false],
    [
      'sends elsewhere',
      () => Response.redirect('https://elsewhere.test/api/v1/index/retrieve', 307),
      'sigstore.log_protocol',
      false,
    ],
  ])('%s: inconclusive, and it is asked again soon', async (_, instead, code, retryable) => {
    const elsewhere: string[] = [];
    const host = {
      fetch({ url }: Request) {
        elsewhere.push(url);
        return Response.json([]);
      },
    };
    await start(true, { others: { 'elsewhere.test': host } });
    await pushGood(world.registry);
    log.log(await helmBody());
    log.instead = instead;
    const body = await judge();
    expect([body.verdict, body.retryable, codes(body)[0]]).toEqual(['inconclusive', retryable, code]);
    expect(body.retryAfter).toBe(instead === down ? 30 : undefined);
    expect(elsewhere).toEqual([]);
    log.instead = undefined;
    await world.service.setNow(NOW + 6_000);
    expect((await judge()).verdict).toBe('allow');
  });

  it('names an entry that it does not give: inconclusive', async () => {
    await start(true);
    await pushGood(world.registry);
    log.index.set(ARCHIVE, ['ab'.repeat(32)]);
    const body = await judge();
    expect([body.verdict, codes(body)[0]]).toEqual(['inconclusive', 'sigstore.log_protocol']);
  });

  it('is that of a root, and no other', async () => {
    const stranger = await createHelmRekor();
    await start(true, { others: { [new URL(REKOR).host]: stranger.host } });
    await pushGood(world.registry);
    stranger.log(await helmBody());
    expect((await judge()).verdict).toBe('deny');
  });

  it('is not asked where nobody signed', async () => {
    await start(true);
    await pushWith();
    expect((await judge()).verdict).toBe('deny');
    expect(log.asked).toEqual([]);
  });

  it('is asked for a provenance that refers to the chart', async () => {
    await start(true);
    await attach(await fixture('demo/app-1.2.3.tgz.prov'), await pushWith());
    const id = log.log(await helmBody());
    const body = await judge();
    expect(body.verdict).toBe('allow');
    expect(codes(body)).toContain(FACT);
    expect(log.asked).toEqual([INDEX, `GET /api/v1/log/entries/${id}`]);
  });

  it('is asked once for several, of which one that is logged is enough', async () => {
    await start(true);
    const subject = await pushWith(await signedAgain());
    log.log(await helmBody());
    expect((await judge()).verdict).toBe('deny');
    await attach(await fixture('demo/app-1.2.3.tgz.prov'), subject);
    log.asked.length = 0;
    const body = await judge({ 'cache-control': 'no-cache' });
    expect(body.verdict).toBe('allow');
    expect(codes(body)).toContain(FACT);
    expect(log.asked.filter((line) => line === INDEX)).toHaveLength(1);
  });

  it('is asked once for several names and policies, and judged for each', async () => {
    const entry = { pgp: 'release.asc', transparencyLog: { rekor: REKOR, root: 'root.json' } };
    const required = { ...entry, transparencyLog: { ...entry.transparencyLog, require: true } };
    const policies = [
      { name: 'default', match: ['**'], require: 'stated' },
      { name: 'strict', match: ['**'], require: { allOf: ['required'] } },
    ];
    await start(true, { config: { trust: { stated: entry, required }, policies } });
    await pushGood(world.registry);
    const { body } = await ask(world.service, { reference: REFERENCE, policy: 'strict' }, AUTHORIZED);
    expect(body.policies.map(({ verdict }: { verdict: string }) => verdict)).toEqual(['allow', 'deny']);
    expect(log.asked).toEqual([INDEX]);
  });

  it('is not asked for files, which is inconclusive', async () => {
    await start(true);
    log.log(await helmBody());
    const { body } = await judgeFiles();
    expect([body.verdict, body.retryable]).toEqual(['inconclusive', false]);
    expect(codes(body)[0]).toBe('sigstore.log_not_asked');
    expect(log.asked).toEqual([]);
  });

  it('is asked as often as requests may be made beside those to registries, and then the verdict stays open', async () => {
    await start(true, { config: { limits: { requests: 8 } } });
    await pushGood(world.registry);
    const changed = (seed: number) =>
      changedBody((body) => (body.spec.chart.hash.value = `${seed}`.repeat(64)));
    for (const seed of [1, 2, 3]) log.log(await changed(seed));
    const body = await judge();
    expect([body.verdict, body.retryable, codes(body)[0]]).toEqual(['inconclusive', false, 'limit.requests']);
    // The index and one entry.
    expect(log.asked).toHaveLength(2);
    log.asked.length = 0;
    const fresh = { ...AUTHORIZED, 'cache-control': 'no-cache' };
    await ask(world.service, { references: [REFERENCE, REFERENCE] }, fresh);
    expect(log.asked).toHaveLength(2);
  });

  it('takes no requests from other evidence, however crowded it is and however often it fails', async () => {
    await start(true);
    await pushGood(world.registry);
    const { registryRequests } = await judge();
    await start(true, { config: { limits: { requests: registryRequests } } });
    await pushGood(world.registry);
    for (const seed of [1, 2, 3, 4, 5, 6, 7, 8])
      log.log(await changedBody((body) => (body.spec.chart.hash.value = `${seed}`.repeat(64))));
    log.instead = (url) =>
      url.pathname.includes('/entries/')
        ? new Response('', { status: 503 })
        : Response.json([...log.index.values()].flat());
    const crowded = await judge();
    expect([crowded.verdict, crowded.registryRequests]).toEqual(['inconclusive', registryRequests]);
  });

  it('is asked for policies that a signer requires', async () => {
    const shared = { repositories: ['registry.test/**'], callers: ['tester'], requires: 'default' };
    const signing = [{ name: 'release', pgp: { secret: 'RELEASE_KEY' }, mayReplace: true, ...shared }];
    await start(true, { signing: true, config: { signing } });
    const { digest } = await pushGood(world.registry);
    log.log(await helmBody());
    const answer = await world.service.fetch('/v1/sign', {
      method: 'POST',
      headers: { ...AUTHORIZED, 'content-type': 'application/json' },
      body: JSON.stringify({
        reference: REFERENCE,
        expectedDigest: digest,
        with: ['release'],
        mode: 'detached',
        dryRun: true,
      }),
    });
    expect([answer.status, await answer.json()]).toMatchObject([200, { dryRun: true }]);
    expect(log.asked[0]).toBe(INDEX);
  });
});

describe('a log that need not have the chart', () => {
  beforeEach(async () => {
    await start(false);
    await pushGood(world.registry);
  });

  it('has it: the report says so', async () => {
    log.log(await helmBody());
    const body = await judge();
    expect(body.verdict).toBe('allow');
    expect(codes(body)).toContain(FACT);
  });

  it('has it not: allow, and the report says so', async () => {
    const body = await judge();
    expect(body.verdict).toBe('allow');
    expect(codes(body)).toContain(MISSING);
    expect(schemes(body)).toEqual([['pgp', ['release']]]);
  });

  it('is crowded: a few entries are read, and what is not known is said', async () => {
    for (let seed = 0; seed < 9; seed++) {
      const body = await changedBody((one) => (one.spec.chart.hash.value = `${seed}`.repeat(64)));
      log.log(body);
    }
    const body = await judge();
    expect(body.verdict).toBe('allow');
    expect(codes(body)).toContain('evidence.limit');
    expect(log.asked).toHaveLength(1 + 4);
  });

  it('is down: allow, and it is asked again soon', async () => {
    log.log(await helmBody());
    log.instead = down;
    const body = await judge();
    expect(body.verdict).toBe('allow');
    expect(codes(body)).toContain('sigstore.log_unavailable');
    expect((await judge()).stats.cache).toBe('hit');
    log.instead = undefined;
    await world.service.setNow(NOW + 6_000);
    expect(codes(await judge())).toContain(FACT);
  });

  it('is not asked for files, and the report says so', async () => {
    const { body } = await judgeFiles();
    expect(body.verdict).toBe('allow');
    expect(codes(body)).toContain('sigstore.log_not_asked');
    expect(log.asked).toEqual([]);
  });

  it('says nothing of a provenance that does not hold', async () => {
    world.registry.reset();
    await pushWith(await fixture('demo/stranger/app-1.2.3.tgz.prov'));
    log.log(await helmBody());
    const body = await judge();
    expect(body.verdict).toBe('deny');
    expect(codes(body)).not.toContain(FACT);
    expect(schemes(body)).toEqual([['pgp', []]]);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: tests reach in and change what they like
type Body = any;
