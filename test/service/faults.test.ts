import { describe, expect, it } from 'vitest';
import { MEDIA_TYPES } from '../../src/chart/index.ts';
import { createMemoryRegistry, type PushedChart, type Quirks } from '../../src/memory-registry/index.ts';
import { fixture } from '../support/fixtures.ts';
import { ask, NOW, runtime } from '../support/service.ts';
import {
  AUTHORIZED,
  appConfig,
  createWorld,
  IMPATIENT,
  PATIENT,
  pushGood,
  type World,
} from '../support/world.ts';

// A registry that fails is never an approval: each of its answers goes wrong in each way, the verdict is
// `inconclusive` for the right reason, nothing of it is kept, and nothing waits longer than the service's own limits.

// What is silent ends with a short deadline of the service itself; what answers has all the time it needs, so that no
// fault is taken for another on a busy machine. No test waits or measures.
const deadlinesFor = (quirks: object) => ('stall' in quirks || 'slowBody' in quirks ? IMPATIENT : PATIENT);
const codes = (body: { reasons: { code: string }[] }) => body.reasons.map((reason) => reason.code);

interface Expected {
  code: string;
  retryable: boolean;
  retryAfter?: number;
}

interface Target {
  name: string;
  /** How the chart is asked for. */
  request: (repository: string) => Record<string, unknown>;
  /** Which requests go wrong. */
  match: (pushed: PushedChart) => RegExp;
  /** What is expected otherwise for this answer; undefined: it is no fault of it. */
  codes?: Record<string, Expected | undefined>;
}

const TARGETS: Target[] = [
  {
    name: 'the manifest',
    request: (repository) => ({ reference: `oci://registry.test/${repository}:1.2.3` }),
    match: () => /^GET .*\/manifests\//,
  },
  {
    name: 'the manifest by digest',
    request: (repository) => ({ reference: `oci://registry.test/${repository}@DIGEST` }),
    match: () => /^GET .*\/manifests\/sha256:/,
  },
  {
    name: 'the provenance',
    request: (repository) => ({ reference: `oci://registry.test/${repository}:1.2.3` }),
    match: ({ prov }) => new RegExp(`^GET .*/blobs/${prov}`),
  },
  {
    name: 'the list of tags',
    request: (repository) => ({ reference: `oci://registry.test/${repository}`, version: '^1.0.0' }),
    match: () => /^GET .*\/tags\/list/,
    // Nothing says what a list of tags should be: other tags that the registry names are its own to name.
    codes: { 'wrong bytes': undefined },
  },
  {
    name: 'the archive',
    request: (repository) => ({ reference: `oci://registry.test/${repository}:1.2.3`, depth: 'content' }),
    match: ({ archive }) => new RegExp(`^GET .*/blobs/${archive}`),
    // A stream is held against the size in the manifest as it comes, so more than that is other content.
    codes: { 'a body without end': { code: 'registry.digest_mismatch', retryable: false } },
  },
];

type Fault = [string, (match: RegExp) => Quirks, Expected];

// In workerd the answers pass a real HTTP server, which holds their bodies to Content-Length and waits for the rest of
// a short one. What comes with another length than it says can therefore be sent on Node only (workerd itself is asked
// with such answers, by the client alone, in test/memory-registry/workerd.test.ts and test/oci/client.test.ts); a body
// that breaks off, below, arrives on both.
const ONLY_ON_NODE: Fault[] = [
  ['a truncated body', (match) => ({ truncate: { match } }), { code: 'registry.truncated', retryable: true }],
  [
    'a Content-Length that says too much',
    (match) => ({ wrongContentLength: { match, delta: 1 } }),
    { code: 'registry.truncated', retryable: true },
  ],
  [
    'a Content-Length that says too little',
    (match) => ({ wrongContentLength: { match, delta: -1 } }),
    { code: 'registry.truncated', retryable: true },
  ],
];

// Node's side of that server pulls a body as fast as it is made, so one without end would never let it do anything
// else: in workerd it is one that is larger than every limit.
const withoutEnd = (match: RegExp): Quirks =>
  runtime === 'node' ? { oversize: match } : { status: { match, status: 200, body: ' '.repeat(8 << 20) } };

const FAULTS: Fault[] = [
  ...(runtime === 'node' ? ONLY_ON_NODE : []),
  ['no answer', (match) => ({ stall: match }), { code: 'registry.timeout', retryable: true }],
  ['a body that stops', (match) => ({ slowBody: { match } }), { code: 'registry.timeout', retryable: true }],
  [
    '429',
    (match) => ({ status: { match, status: 429 } }),
    { code: 'registry.rate_limited', retryable: true },
  ],
  [
    '429 with Retry-After in seconds',
    (match) => ({ status: { match, status: 429, retryAfter: 7 } }),
    { code: 'registry.rate_limited', retryable: true, retryAfter: 7 },
  ],
  [
    '429 with Retry-After as a date',
    (match) => ({ status: { match, status: 429, retryAfter: new Date(NOW + 30_000).toUTCString() } }),
    { code: 'registry.rate_limited', retryable: true, retryAfter: 30 },
  ],
  [
    '429 with a Retry-After that says nothing',
    (match) => ({ status: { match, status: 429, retryAfter: 'soon' } }),
    { code: 'registry.rate_limited', retryable: true },
  ],
  ['500', (match) => ({ status: { match, status: 500 } }), { code: 'registry.unavailable', retryable: true }],
  ['502', (match) => ({ status: { match, status: 502 } }), { code: 'registry.unavailable', retryable: true }],
  [
    '503 with Retry-After',
    (match) => ({ status: { match, status: 503, retryAfter: 9 } }),
    { code: 'registry.unavailable', retryable: true, retryAfter: 9 },
  ],
  // In workerd a connection that breaks before the answer arrives as a 5xx of the network: the same code.
  ['a reset', (match) => ({ reset: match }), { code: 'registry.unavailable', retryable: true }],
  ['wrong bytes', (match) => ({ wrongBytes: match }), { code: 'registry.digest_mismatch', retryable: false }],
  ['a body without end', withoutEnd, { code: 'registry.too_large', retryable: false }],
  [
    '401',
    (match) => ({ status: { match, status: 401 } }),
    { code: 'registry.unauthorized', retryable: false },
  ],
  [
    '403',
    (match) => ({ status: { match, status: 403 } }),
    { code: 'registry.unauthorized', retryable: false },
  ],
  ['400', (match) => ({ status: { match, status: 400 } }), { code: 'registry.protocol', retryable: false }],
  [
    'a part of the content',
    (match) => ({ status: { match, status: 206, body: '{}' } }),
    { code: 'registry.protocol', retryable: false },
  ],
  [
    'a redirect to plain http',
    (match) => ({ redirect: { match, to: 'http://cdn.example.com{path}' } }),
    { code: 'registry.redirect_refused', retryable: false },
  ],
  ...[
    '10.0.0.8',
    '127.0.0.1:6379',
    '169.254.169.254',
    '[::1]',
    '[::ffff:10.0.0.8]',
    'localhost',
    '2130706433',
    'db',
  ].map(
    (host): Fault => [
      `a redirect to ${host}`,
      (match) => ({ redirect: { match, to: `https://${host}{path}` } }),
      { code: 'registry.redirect_refused', retryable: false },
    ],
  ),
  [
    'a redirect to itself without end',
    (match) => ({ redirect: { match, to: '{path}' } }),
    { code: 'registry.redirect_refused', retryable: false },
  ],
  [
    'a redirect to nowhere',
    (match) => ({ redirect: { match, to: 'http://' } }),
    { code: 'registry.protocol', retryable: false },
  ],
];

/** A world for each kind of fault, made once a suite. */
function worlds(): (quirks: object) => Promise<World> {
  const made = new Map<object, Promise<World>>();
  return (quirks) => {
    const limits = deadlinesFor(quirks);
    const world = made.get(limits) ?? createWorld({ config: { limits } });
    made.set(limits, world);
    return world;
  };
}

describe.each(TARGETS)('$name goes wrong', (target) => {
  const worldFor = worlds();
  let next = 0;

  const faults = FAULTS.flatMap(([name, quirks, usual]): Fault[] => {
    const expected = Object.hasOwn(target.codes ?? {}, name) ? target.codes?.[name] : usual;
    return expected === undefined ? [] : [[name, quirks, expected]];
  });

  it.each(faults)('by %s: inconclusive, and nothing is kept of it', async (_name, quirks, expected) => {
    const world = await worldFor(quirks(/x/));
    const repository = `fault${next++}/app`;
    const pushed = await pushGood(world.registry, repository);
    const request = target.request(repository);
    request.reference = String(request.reference).replace('DIGEST', pushed.digest);

    world.registry.quirks = quirks(target.match(pushed));
    const failed = await ask(world.service, request, AUTHORIZED, '?status=verdict');
    world.registry.quirks = {};
    {
      expect([failed.body.verdict, codes(failed.body)[0]]).toEqual(['inconclusive', expected.code]);
      expect(failed.status).toBe(503);
      expect(failed.headers.get('chartseal-verdict')).toBe('inconclusive');
      expect(failed.body.enforced).toBe(true);
      expect(failed.body.retryable).toBe(expected.retryable);
      expect(failed.body.retryAfter).toBe(expected.retryAfter);
      expect(failed.headers.get('retry-after')).toBe(
        expected.retryable ? String(expected.retryAfter ?? 5) : null,
      );
      const [reason] = failed.body.reasons;
      expect(reason.message).toContain('registry.test');
      expect(reason.help.length).toBeGreaterThan(10);
    }

    const good = await ask(world.service, request, AUTHORIZED);
    expect([good.body.verdict, good.body.stats.cache]).toEqual(['allow', 'miss']);
  });

  it('by a connection that breaks in the middle of the body', async () => {
    const repository = `fault${next++}/app`;
    let broken: RegExp | undefined;
    const world = await createWorld({
      others: { 'registry.test': { fetch: (request) => breakOff(world, request, broken) } },
    });
    const pushed = await pushGood(world.registry, repository);
    const request = target.request(repository);
    request.reference = String(request.reference).replace('DIGEST', pushed.digest);
    broken = target.match(pushed);
    const { body } = await ask(world.service, request, AUTHORIZED);
    expect(body.verdict).toBe('inconclusive');
    // The server between the suite and workerd ends such an answer as if it were whole. A blob is then still shorter
    // than its manifest says; manifests and lists come as other content.
    if (runtime === 'node' || /blobs/.test(broken.source)) {
      expect([codes(body)[0], body.retryable]).toEqual(['registry.truncated', true]);
    } else {
      expect(['registry.digest_mismatch', 'registry.protocol']).toContain(codes(body)[0]);
    }
    broken = undefined;
    expect((await ask(world.service, request, AUTHORIZED)).body.verdict).toBe('allow');
  });

  it('when what it names is not there', async () => {
    const world = await worldFor({});
    const repository = `fault${next++}/app`;
    const pushed = await pushGood(world.registry, repository);
    const request = target.request(repository);
    request.reference = String(request.reference).replace('DIGEST', pushed.digest);
    world.registry.quirks = { status: { match: target.match(pushed), status: 404 } };
    const { status, body } = await ask(world.service, request, AUTHORIZED);
    if (body.kind === 'VerificationReport') {
      expect([body.verdict, codes(body)[0], body.retryable]).toEqual([
        'inconclusive',
        'registry.blob_missing',
        false,
      ]);
    } else {
      expect([status, body.code]).toEqual([404, 'chart.not_found']);
    }
  });
});

/** The registry's answer, half of its body and then an error where the expression finds the request. */
async function breakOff(world: World, request: Request, match: RegExp | undefined): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const answer = await world.registry.fetch(request);
  if (match === undefined || `${request.method} ${pathname}${search}`.search(match) < 0) return answer;
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const headers = new Headers(answer.headers);
  headers.delete('content-length');
  let sent = false;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (sent) controller.error(new Error('other side closed'));
        else controller.enqueue(bytes.slice(0, bytes.length >> 1));
        sent = true;
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { status: answer.status, headers });
}

describe('the config blob goes wrong', () => {
  const worldFor = worlds();
  let next = 0;

  // The verdict does not rest on it, so it stays; but the report then lacks a fact, and is not kept.
  it.each(FAULTS)('by %s: the verdict stays, and the report is not kept', async (_name, quirks) => {
    const world = await worldFor(quirks(/x/));
    const repository = `config${next++}/app`;
    const pushed = await world.registry.pushChart(repository, '1.2.3', {
      archive: await fixture('demo/app-1.2.3.tgz'),
      prov: await fixture('demo/app-1.2.3.tgz.prov'),
      config: { ...(await appConfig()), appVersion: '6.6.6' },
    });
    const reference = `oci://registry.test/${repository}:1.2.3`;
    world.registry.quirks = quirks(new RegExp(`^GET .*/blobs/${pushed.config}`));
    const failed = await ask(world.service, { reference }, AUTHORIZED);
    world.registry.quirks = {};
    expect(failed.body.verdict).toBe('allow');
    expect(failed.body.subject.chart).toMatchObject({ appVersion: '2.0', signed: true });
    expect(codes(failed.body)).toContain('manifest.config_unread');

    const good = await ask(world.service, { reference }, AUTHORIZED);
    expect([good.body.verdict, good.body.stats.cache]).toEqual(['allow', 'miss']);
    expect(codes(good.body)).toContain('manifest.unsigned_differs');
    expect(codes(good.body)).not.toContain('manifest.config_unread');
  });
});

describe('a registry that is slow for all its answers', () => {
  it('ends with the overall deadline, however long one request may take', async () => {
    const world = await createWorld({
      config: { limits: { requestTimeoutMs: 60_000, overallTimeoutMs: 250, retries: 0 } },
    });
    await pushGood(world.registry);
    world.registry.quirks = { stall: true };
    const { body } = await ask(
      world.service,
      { reference: 'oci://registry.test/charts/app:1.2.3' },
      AUTHORIZED,
    );
    expect([body.verdict, codes(body)[0], body.retryable]).toEqual([
      'inconclusive',
      'registry.timeout',
      true,
    ]);
    expect(body.reasons[0].help).toContain('overallTimeoutMs');
  });

  it('fails each of many references on its own, and leaves those that are answered', async () => {
    const world = await createWorld({ config: { limits: IMPATIENT } });
    await pushGood(world.registry);
    for (const slow of ['slow1/app', 'slow2/app', 'slow3/app']) await pushGood(world.registry, slow);
    world.registry.quirks = { stall: /\/slow/ };
    const references = ['slow1/app', 'charts/app', 'slow2/app', 'slow3/app'].map(
      (repository) => `oci://registry.test/${repository}:1.2.3`,
    );
    const { status, body } = await ask(world.service, { references }, AUTHORIZED, '?status=verdict');
    expect(body.map((report: { verdict: string }) => report.verdict)).toEqual([
      'inconclusive',
      'allow',
      'inconclusive',
      'inconclusive',
    ]);
    expect(status).toBe(503);
  });

  it('is tried again after 5xx, 429 and resets where the limits allow, and not after what cannot change', async () => {
    const world = await createWorld({ config: { limits: { ...PATIENT, retries: 2 } } });
    await pushGood(world.registry);
    const reference = 'oci://registry.test/charts/app:1.2.3';
    const match = /^GET .*\/manifests\//;
    for (const quirks of [
      { status: { match, status: 503, times: 1 } },
      { status: { match, status: 429, retryAfter: 0, times: 1 } },
      { reset: { match, times: 1 } },
    ]) {
      world.registry.reset();
      world.registry.quirks = quirks;
      const { body } = await ask(
        world.service,
        { reference },
        { ...AUTHORIZED, 'cache-control': 'no-cache' },
      );
      expect(body.verdict).toBe('allow');
      expect(world.registry.count(match)).toBe(2);
      expect(body.stats.registryRequests).toBe(3);
    }
    for (const status of [400, 401, 403]) {
      world.registry.reset();
      world.registry.quirks = { status: { match, status } };
      await ask(world.service, { reference }, { ...AUTHORIZED, 'cache-control': 'no-cache' });
      expect(world.registry.count(match)).toBe(1);
    }
  });
});

describe('what is larger than its limit', () => {
  it.each([
    ['a manifest', { manifestBytes: 1024 }, {}, 'registry.too_large'],
    ['a provenance', { provenanceBytes: 1024 }, {}, 'registry.too_large'],
    ['an archive', { archiveBytes: 1024 }, { depth: 'content' }, 'registry.too_large'],
  ])('is not read: %s', async (_name, limits, more, code) => {
    const world = await createWorld({ config: { limits: { ...PATIENT, ...limits } } });
    const prov = await fixture('demo/app-1.2.3.tgz.prov');
    // The signed archive is smaller than any limit can be, so the manifest says otherwise of it.
    await world.registry.pushChart('charts/app', '1.2.3', {
      archive: await fixture('demo/app-1.2.3.tgz'),
      prov: 'provenanceBytes' in limits ? new Uint8Array([...prov, ...new Uint8Array(1024)]) : prov,
      ...('manifestBytes' in limits ? { annotations: { padding: 'x'.repeat(1024) } } : {}),
      mutate: (manifest) => {
        for (const layer of manifest.layers)
          if ('archiveBytes' in limits && layer.mediaType === MEDIA_TYPES.chart) layer.size = 2048;
      },
    });
    const request = { reference: 'oci://registry.test/charts/app:1.2.3', ...more };
    const { body } = await ask(world.service, request, AUTHORIZED);
    expect([body.verdict, codes(body)[0], body.retryable]).toEqual(['inconclusive', code, false]);
  });

  it('is not read where the manifest says it is small either', async () => {
    const world = await createWorld();
    await world.registry.pushChart('charts/app', '1.2.3', {
      archive: await fixture('demo/app-1.2.3.tgz'),
      prov: await fixture('demo/app-1.2.3.tgz.prov'),
      mutate: (manifest) => {
        for (const layer of manifest.layers) layer.size = 10;
      },
    });
    for (const depth of ['signature', 'content']) {
      const request = { reference: 'oci://registry.test/charts/app:1.2.3', depth };
      const { body } = await ask(world.service, request, AUTHORIZED);
      expect([body.verdict, codes(body)[0]]).toEqual(['inconclusive', 'registry.digest_mismatch']);
    }
  });

  it('is a list of tags without end, on pages without end or in a circle', async () => {
    const world = await createWorld();
    for (let minor = 0; minor < 60; minor++) await pushGood(world.registry, 'many/app', `1.${minor}.0`);
    world.registry.quirks = { pageSize: 1 };
    const request = { reference: 'oci://registry.test/many/app', version: '1.x' };
    const { body } = await ask(world.service, request, AUTHORIZED);
    expect([body.verdict, codes(body)[0], body.retryable]).toEqual(['inconclusive', 'limit.requests', false]);
    expect(world.registry.count()).toBe(40);

    world.registry.reset();
    world.registry.quirks = {
      status: {
        match: /tags\/list/,
        status: 200,
        headers: { link: '</v2/many/app/tags/list?n=1000>; rel="next"', 'content-type': 'application/json' },
        body: '{"name":"many/app","tags":["1.0.0"]}',
      },
    };
    const circle = await ask(world.service, request, AUTHORIZED);
    expect([circle.body.verdict, codes(circle.body)[0]]).toEqual(['inconclusive', 'registry.protocol']);
    expect(world.registry.count()).toBe(1);
  });
});

describe('a registry whose links lead to its inner path', () => {
  it('has its further pages read where the first one was', async () => {
    const world = await createWorld();
    for (const version of ['1.0.0', '1.1.0', '1.2.3']) await pushGood(world.registry, 'charts/app', version);
    world.registry.quirks = { pageSize: 1, linkPrefix: 'http://registry.test/repository/hosted' };
    const request = { reference: 'oci://registry.test/charts/app', version: '^1' };
    const { body } = await ask(world.service, request, AUTHORIZED);
    expect([body.verdict, body.subject.chart?.version]).toEqual(['allow', '1.2.3']);
    expect(world.registry.count(/tags\/list/)).toBe(3);
    expect(world.registry.count(/repository\/hosted/)).toBe(0);
  });
});

describe('redirects', () => {
  const SECRET = 'robot:redirect-password-1';
  const BASIC = `Basic ${btoa(SECRET)}`;
  const auth = { basic: { user: 'robot', password: 'redirect-password-1' } };
  const reference = 'oci://registry.test/charts/app:1.2.3';

  async function worldWithCdn(registry: Record<string, unknown> = {}) {
    const cdn = createMemoryRegistry({ host: 'cdn.example.com' });
    const world = await createWorld({
      config: {
        registries: [{ host: 'registry.test', credentials: { secret: 'REGISTRY' }, ...registry }],
      },
      secrets: { REGISTRY: SECRET },
      others: { 'cdn.example.com': cdn, 'other.example.com': cdn, 'a.cdn.example.com': cdn },
    });
    await pushGood(world.registry);
    await pushGood(cdn);
    return { world, cdn };
  }

  it('of blobs and manifests to another public host work, and no credential arrives there', async () => {
    const { world, cdn } = await worldWithCdn();
    world.registry.quirks = { auth };
    // The switch answers before the registry looks at credentials, so it has to see them first.
    expect((await ask(world.service, { reference }, AUTHORIZED)).body.verdict).toBe('allow');
    world.registry.requests.length = 0;
    world.registry.quirks = { redirect: { to: 'https://cdn.example.com{path}' } };
    const { body } = await ask(
      world.service,
      { reference, depth: 'content' },
      { ...AUTHORIZED, 'cache-control': 'no-cache' },
    );
    expect(body.verdict).toBe('allow');
    expect(world.registry.requests.map(({ headers }) => headers.authorization)).toEqual([
      BASIC,
      BASIC,
      BASIC,
    ]);
    expect(cdn.requests).toHaveLength(3);
    for (const { headers } of cdn.requests) {
      expect(headers).not.toHaveProperty('authorization');
      expect(headers).not.toHaveProperty('cookie');
      expect(JSON.stringify(headers)).not.toContain('redirect-password-1');
    }
  });

  it('that come back to the registry over another host bring no credential with them', async () => {
    const { world, cdn } = await worldWithCdn();
    world.registry.quirks = { auth };
    expect((await ask(world.service, { reference }, AUTHORIZED)).body.verdict).toBe('allow');
    world.registry.requests.length = 0;
    world.registry.quirks = {
      auth,
      redirect: { match: /blobs/, times: 1, to: 'https://cdn.example.com{path}' },
    };
    cdn.quirks = { redirect: { to: 'https://registry.test{path}' } };
    const { body } = await ask(world.service, { reference }, { ...AUTHORIZED, 'cache-control': 'no-cache' });
    expect([body.verdict, codes(body)[0]]).toEqual(['inconclusive', 'registry.unauthorized']);
    const blobs = world.registry.requests.filter(({ path }) => path.includes('/blobs/'));
    expect(blobs.map(({ headers }) => headers.authorization)).toEqual([BASIC, undefined]);
  });

  it.each([
    ['to the host that is written', ['cdn.example.com'], 'cdn.example.com', 'allow'],
    ['to another than is written', ['cdn.example.com'], 'other.example.com', 'inconclusive'],
    ['below a wildcard', ['*.cdn.example.com'], 'a.cdn.example.com', 'allow'],
    ['beside a wildcard', ['*.cdn.example.com'], 'cdn.example.com', 'inconclusive'],
    ['where none is allowed', [], 'cdn.example.com', 'inconclusive'],
  ])('are narrowed by redirectHosts: %s', async (_name, redirectHosts, host, verdict) => {
    const { world, cdn } = await worldWithCdn({ redirectHosts });
    world.registry.quirks = { redirect: { match: /blobs/, to: `https://${host}{path}` } };
    const { body } = await ask(world.service, { reference }, AUTHORIZED);
    expect(body.verdict).toBe(verdict);
    if (verdict === 'allow') return;
    expect(codes(body)[0]).toBe('registry.redirect_refused');
    expect(body.reasons[0].help).toContain('redirectHosts');
    expect(cdn.requests).toEqual([]);
  });

  it('are followed five times and not a sixth', async () => {
    const { world } = await worldWithCdn();
    for (const [times, verdict] of [
      [5, 'allow'],
      [6, 'inconclusive'],
    ] as const) {
      world.registry.reset();
      world.registry.quirks = { redirect: { match: /blobs/, times, to: '{path}' } };
      const { body } = await ask(
        world.service,
        { reference },
        { ...AUTHORIZED, 'cache-control': 'no-cache' },
      );
      expect(body.verdict).toBe(verdict);
      expect(world.registry.count(/blobs/)).toBe(6);
      // Of what is not allowed, referrers are asked for too.
      expect(body.stats.registryRequests).toBe(verdict === 'allow' ? 7 : 8);
    }
  });

  it('that lead to other bytes are found out', async () => {
    const { world, cdn } = await worldWithCdn();
    world.registry.quirks = { redirect: { match: /blobs/, to: 'https://cdn.example.com{path}' } };
    cdn.quirks = { wrongBytes: true };
    const { body } = await ask(world.service, { reference }, AUTHORIZED);
    expect([body.verdict, codes(body)[0], body.retryable]).toEqual([
      'inconclusive',
      'registry.digest_mismatch',
      false,
    ]);
  });
});

describe('token services', () => {
  const SECRET = 'robot:token-password-1';
  const BASIC = `Basic ${btoa(SECRET)}`;
  const reference = 'oci://registry.test/charts/app:1.2.3';
  const users = { robot: 'token-password-1' };
  const token = (realm: string, more: Record<string, unknown> = {}) => ({
    auth: { token: { realm, service: 'registry.test', users, ...more } },
  });

  /** The token service is played by the same registry under other hosts. */
  async function worldWithTokens(
    registry: Record<string, unknown> = {},
    { secret = SECRET, limits = PATIENT } = {},
  ) {
    const played = { fetch: (request: Request) => world.registry.fetch(request) };
    const world: World = await createWorld({
      config: {
        limits,
        registries: [{ host: 'registry.test', credentials: { secret: 'REGISTRY' }, ...registry }],
      },
      secrets: { REGISTRY: secret },
      others: {
        'auth.example.com': played,
        'other.example.com': played,
        '10.0.0.5': played,
        '10.0.0.5:5001': played,
        localhost: played,
      },
    });
    await pushGood(world.registry);
    return world;
  }
  const asked = (world: World) => world.registry.requests.filter(({ kind }) => kind === 'token');
  const leaked = (world: World) =>
    world.registry.requests.filter(({ headers }) => headers.authorization?.startsWith('Basic'));

  it('on another public https host work and get the credential', async () => {
    const world = await worldWithTokens();
    world.registry.quirks = token('https://auth.example.com/token');
    const { body } = await ask(world.service, { reference }, AUTHORIZED);
    expect(body.verdict).toBe('allow');
    expect(asked(world).map(({ url, headers }) => [new URL(url).host, headers.authorization])).toEqual([
      ['auth.example.com', BASIC],
    ]);
    // The registry itself got the token and never the password.
    expect(leaked(world)).toHaveLength(1);
  });

  it.each([
    ['the host that is written', ['auth.example.com'], 'https://auth.example.com/token', true],
    ['a written private host without TLS', ['http://10.0.0.5:5001'], 'http://10.0.0.5:5001/token', true],
    ['another than is written', ['auth.example.com'], 'https://other.example.com/token', false],
    ['the written host without TLS', ['auth.example.com'], 'http://auth.example.com/token', false],
    ['another port of the written host', ['http://10.0.0.5:5001'], 'http://10.0.0.5/token', false],
    ['any, where none is written', [], 'https://auth.example.com/token', false],
  ])('get it by tokenHosts: %s', async (_name, tokenHosts, realm, works) => {
    const world = await worldWithTokens({ tokenHosts });
    world.registry.quirks = token(realm);
    const { body } = await ask(world.service, { reference }, AUTHORIZED);
    expect(body.verdict).toBe(works ? 'allow' : 'inconclusive');
    expect(leaked(world)).toHaveLength(works ? 1 : 0);
    if (!works) expect(codes(body)[0]).toBe('registry.token_refused');
  });

  it.each([
    'http://auth.example.com/token',
    'http://registry.test/token',
    'https://10.0.0.5/token',
    'https://localhost/token',
    'https://robot@auth.example.com/token',
    'ftp://auth.example.com/token',
    'file:///token',
  ])('that may not be asked get nothing: %s', async (realm) => {
    const world = await worldWithTokens();
    world.registry.quirks = token(realm);
    const { body } = await ask(world.service, { reference }, AUTHORIZED);
    expect([body.verdict, codes(body)[0], body.retryable]).toEqual([
      'inconclusive',
      'registry.token_refused',
      false,
    ]);
    expect(asked(world)).toEqual([]);
    expect(leaked(world)).toEqual([]);
  });

  it.each([
    ['no answer', { stall: /token/ }, 'registry.timeout', true, undefined],
    ['a body that stops', { slowBody: { match: /token/ } }, 'registry.timeout', true, undefined],
    ['500', { status: { match: /token/, status: 500 } }, 'registry.unavailable', true, undefined],
    [
      '429 with Retry-After',
      { status: { match: /token/, status: 429, retryAfter: 4 } },
      'registry.rate_limited',
      true,
      4,
    ],
    ['a reset', { reset: /token/ }, 'registry.unavailable', true, undefined],
    ['a body without end', withoutEnd(/token/), 'registry.too_large', false, undefined],
    ['401', { status: { match: /token/, status: 401 } }, 'registry.unauthorized', false, undefined],
    ['403', { status: { match: /token/, status: 403 } }, 'registry.unauthorized', false, undefined],
    [
      'no JSON',
      { status: { match: /token/, status: 200, body: 'nonsense' } },
      'registry.protocol',
      false,
      undefined,
    ],
    [
      'no token',
      { status: { match: /token/, status: 200, body: '{}' } },
      'registry.protocol',
      false,
      undefined,
    ],
    [
      'a token that would break a header',
      { status: { match: /token/, status: 200, body: '{"token":"a\\r\\nx-evil: 1"}' } },
      'registry.protocol',
      false,
      undefined,
    ],
    [
      'a redirect',
      { redirect: { match: /token/, to: 'https://other.example.com/token' } },
      'registry.token_refused',
      false,
      undefined,
    ],
  ])(
    'that fail by %s make it inconclusive, and nothing is kept',
    async (_name, quirks, code, retryable, after) => {
      const world = await worldWithTokens({}, { limits: deadlinesFor(quirks) });
      const auth = token('https://auth.example.com/token');
      world.registry.quirks = { ...auth, ...quirks };
      const { body } = await ask(world.service, { reference }, AUTHORIZED);
      expect([body.verdict, codes(body)[0], body.retryable, body.retryAfter]).toEqual([
        'inconclusive',
        code,
        retryable,
        after,
      ]);
      expect(JSON.stringify(body)).not.toContain('token-password-1');
      world.registry.quirks = auth;
      expect((await ask(world.service, { reference }, AUTHORIZED)).body.verdict).toBe('allow');
    },
  );

  it('renew a token that the registry no longer takes, once', async () => {
    const world = await worldWithTokens();
    const auth = token('https://auth.example.com/token');
    world.registry.quirks = auth;
    expect((await ask(world.service, { reference }, AUTHORIZED)).body.verdict).toBe('allow');
    // The registry forgets all tokens before they end.
    world.registry.reset();
    world.registry.quirks = auth;
    const { body } = await ask(world.service, { reference }, { ...AUTHORIZED, 'cache-control': 'no-cache' });
    expect(body.verdict).toBe('allow');
    expect(body.stats).toMatchObject({ registryRequests: 3, tokenRequests: 1 });

    // One whose tokens are never good is not asked again and again.
    world.registry.reset();
    world.registry.quirks = token('https://auth.example.com/token', { lifetime: 0, expiresIn: 300 });
    const never = await ask(world.service, { reference }, { ...AUTHORIZED, 'cache-control': 'no-cache' });
    expect([never.body.verdict, codes(never.body)[0], never.body.retryable]).toEqual([
      'inconclusive',
      'registry.unauthorized',
      false,
    ]);
    expect(asked(world)).toHaveLength(1);
  });

  it.each(['basic', 'token'])(
    'and registries refuse wrong credentials (%s) with words that help',
    async (kind) => {
      const world = await worldWithTokens({}, { secret: 'robot:an-old-password' });
      world.registry.quirks =
        kind === 'basic'
          ? { auth: { basic: { user: 'robot', password: 'token-password-1' } } }
          : token('https://auth.example.com/token');
      const { body } = await ask(world.service, { reference }, AUTHORIZED);
      expect([body.verdict, codes(body)[0], body.retryable]).toEqual([
        'inconclusive',
        'registry.unauthorized',
        false,
      ]);
      expect(body.reasons[0].message).toMatch(
        /registry\.test.*configured credentials.*\(401\)|refuses the configured credentials/,
      );
      expect(body.reasons[0].help).toMatch(/credentials/i);
      expect(JSON.stringify(body)).not.toMatch(/an-old-password|robot/);
    },
  );

  it('and registries that want credentials where none are configured say what to write', async () => {
    const world = await createWorld();
    await pushGood(world.registry);
    world.registry.quirks = { auth: { basic: { user: 'robot', password: 'token-password-1' } } };
    const { body } = await ask(world.service, { reference }, AUTHORIZED);
    expect([body.verdict, codes(body)[0]]).toEqual(['inconclusive', 'registry.unauthorized']);
    expect(body.reasons[0].help).toContain('Configure credentials for registry.test');
  });
});
