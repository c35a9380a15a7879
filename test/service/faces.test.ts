import { beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../support/fixtures.ts';
import { ask } from '../support/service.ts';
import { AUTHORIZED, createWorld, PATIENT, pushGood, TOKEN, type World } from '../support/world.ts';

const GOOD = 'oci://registry.test/charts/app:1.2.3';
let world: World;

beforeAll(async () => {
  world = await createWorld({
    config: {
      limits: { references: 5, jsonBytes: 4096, ...PATIENT },
    },
  });
  await pushGood(world.registry);
  await world.registry.pushChart('charts/app', '9.9.9', {
    archive: await fixture('demo/unsigned/app-1.2.3.tgz'),
  });
});

describe('who asks', () => {
  it.each([
    ['nothing', {}],
    ['another scheme', { authorization: 'Basic dGVzdDp0ZXN0' }],
    ['an unknown token', { authorization: 'Bearer nobody-nobody-nobody-nobody' }],
    ['a token that begins like the right one', { authorization: `Bearer ${TOKEN}x` }],
    ['a token that is the beginning of the right one', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
    ['an empty token', { authorization: 'Bearer ' }],
  ])('is refused with %s, before the body is judged', async (_name, headers) => {
    const {
      status,
      headers: answered,
      body,
    } = await ask(world.service, 'not json', headers as Record<string, string>);
    expect(status).toBe(401);
    expect(body.code).toBe('request.unauthenticated');
    expect(answered.get('www-authenticate')).toMatch(/^Bearer/);
    expect(JSON.stringify(body)).not.toContain(TOKEN);
  });

  it('may be anyone where the configuration says so, with less', async () => {
    const open = await createWorld({
      config: { access: { verify: 'anyone' }, limits: { rate: { anyoneVerifications: 3 } } },
    });
    await pushGood(open.registry);
    expect((await ask(open.service, { reference: GOOD })).body.verdict).toBe('allow');
    expect(await ask(open.service, { reference: GOOD }, { 'cache-control': 'no-cache' })).toMatchObject({
      status: 403,
    });
    expect(await ask(open.service, { references: [GOOD] })).toMatchObject({ status: 403 });
    expect(
      await ask(open.service, { reference: GOOD }, { authorization: 'Bearer wrong-wrong-wrong-wrong' }),
    ).toMatchObject({ status: 401 });
    await ask(open.service, { reference: GOOD });
    await ask(open.service, { reference: GOOD });
    const limited = await ask(open.service, { reference: GOOD });
    expect(limited.status).toBe(429);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('reads registries without credentials when it is anyone, and shares no verdict with callers', async () => {
    const open = await createWorld({
      config: {
        access: { verify: 'anyone' },
        registries: [{ host: 'registry.test', credentials: { secret: 'REGISTRY' } }],
      },
      secrets: { REGISTRY: 'robot:registry-password-1' },
    });
    await pushGood(open.registry);
    open.registry.quirks = { auth: { basic: { user: 'robot', password: 'registry-password-1' } } };
    expect((await ask(open.service, { reference: GOOD }, AUTHORIZED)).body.verdict).toBe('allow');
    const anyone = await ask(open.service, { reference: GOOD });
    expect(anyone.body).toMatchObject({ verdict: 'inconclusive', retryable: false });
    expect(anyone.body.reasons[0].code).toBe('registry.unauthorized');
  });
});

describe('requests that cannot be answered', () => {
  it.each([
    ['no JSON', 'nonsense', 400, 'request.invalid'],
    ['an unknown field', { reference: GOOD, refrence: 1 }, 400, 'request.invalid'],
    ['a wrong type', { reference: 7 }, 400, 'request.invalid'],
    ['a wrong depth', { reference: GOOD, depth: 'deep' }, 400, 'request.invalid'],
    ['a list', [], 400, 'request.invalid'],
    ['nothing', {}, 400, 'request.invalid'],
    [
      'an unlisted registry',
      { reference: 'oci://elsewhere.test/charts/app:1.2.3' },
      403,
      'registry.not_listed',
    ],
    [
      'an address of this machine',
      { reference: 'oci://127.0.0.1:9/charts/app:1.2.3' },
      403,
      'registry.not_listed',
    ],
    ['no reference', { reference: 'https://registry.test/charts/app' }, 422, 'reference.invalid'],
    [
      'an upper-case repository',
      { reference: 'oci://registry.test/Charts/app:1.2.3' },
      422,
      'reference.invalid',
    ],
    ['two versions', { reference: GOOD, version: '1.2.4' }, 422, 'reference.version_mismatch'],
    ['no such chart', { reference: 'oci://registry.test/charts/none:1.2.3' }, 404, 'chart.not_found'],
    ['too many references', { references: Array(6).fill(GOOD) }, 400, 'request.invalid'],
    ['too large a body', { reference: GOOD, policy: 'x'.repeat(5000) }, 413, 'request.too_large'],
  ])('get a problem that says what to do: %s', async (_name, body, status, code) => {
    const answer = await ask(world.service, body, AUTHORIZED);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body.detail.length).toBeGreaterThan(5);
    expect(answer.body.help.length).toBeGreaterThan(5);
    expect(answer.body.instance).toContain(answer.headers.get('x-request-id'));
    expect(JSON.stringify(answer.body)).not.toMatch(/\.ts:|node_modules|at async/);
  });

  it('get 404 and 405 for other paths and methods', async () => {
    const nowhere = await world.service.fetch('/nowhere');
    expect([nowhere.status, (await nowhere.json()).code]).toEqual([404, 'request.not_found']);
    const get = await world.service.fetch('/v1/verify');
    expect([get.status, get.headers.get('allow'), (await get.json()).code]).toEqual([
      405,
      'POST',
      'request.method',
    ]);
  });
});

describe('answers', () => {
  it('carry the verdict in the status when asked to', async () => {
    const allow = await ask(world.service, { reference: GOOD }, AUTHORIZED, '?status=verdict');
    const deny = await ask(
      world.service,
      { reference: 'oci://registry.test/charts/app:9.9.9' },
      AUTHORIZED,
      '?status=verdict',
    );
    expect([allow.status, deny.status]).toEqual([200, 403]);
    expect(deny.body.verdict).toBe('deny');
    world.registry.quirks = { status: { match: /manifests\/1\.2\.3/, status: 503, retryAfter: 7 } };
    const failing = await ask(
      world.service,
      { reference: GOOD },
      { ...AUTHORIZED, 'cache-control': 'no-cache' },
      '?status=verdict',
    );
    world.registry.quirks = {};
    expect([
      failing.status,
      failing.body.verdict,
      failing.body.retryable,
      failing.headers.get('retry-after'),
    ]).toEqual([503, 'inconclusive', true, '7']);
  });

  it('come in the format of ?format= or Accept', async () => {
    const text = await ask(world.service, { reference: GOOD }, AUTHORIZED, '?format=text');
    expect(text.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(text.body).toMatch(/^ALLOW {2}oci:\/\/registry\.test\/charts\/app:1\.2\.3/);
    const markdown = await ask(
      world.service,
      { reference: GOOD },
      { ...AUTHORIZED, accept: 'text/html;q=0.9, text/markdown' },
    );
    expect(markdown.body).toMatch(/^## chartseal: allow/);
    const unknown = await ask(world.service, { reference: GOOD }, AUTHORIZED, '?format=pdf');
    expect([unknown.status, unknown.body.code]).toEqual([400, 'request.invalid']);
  });

  it('to many references keep their order, with a problem in the place of what cannot be judged', async () => {
    const references = [
      GOOD,
      'oci://registry.test/charts/none:1.0.0',
      { reference: 'oci://registry.test/charts/app', version: '9.x' },
      'nonsense',
    ];
    const { status, body } = await ask(world.service, { references }, AUTHORIZED);
    expect(status).toBe(200);
    expect(body.map((item: { verdict?: string; code?: string }) => item.verdict ?? item.code)).toEqual([
      'allow',
      'chart.not_found',
      'deny',
      'reference.invalid',
    ]);
    const worst = await ask(
      world.service,
      { references: [GOOD, references[2]] },
      AUTHORIZED,
      '?status=verdict',
    );
    expect(worst.status).toBe(403);
  });

  it('say that the service lives and is ready, without a caller', async () => {
    expect(await (await world.service.fetch('/healthz')).json()).toMatchObject({ status: 'ok' });
    expect(await (await world.service.fetch('/readyz')).json()).toMatchObject({ status: 'ready' });
  });

  it('are logged with the request id and the verdict, and without the token', async () => {
    await ask(world.service, { reference: GOOD }, { ...AUTHORIZED, 'x-request-id': 'request-0001' });
    const line = (await world.service.logs()).findLast((text) => text.includes('request-0001')) ?? '{}';
    expect(JSON.parse(line)).toMatchObject({
      caller: 'tester',
      status: 200,
      path: '/v1/verify',
      reports: [{ verdict: 'allow' }],
    });
    expect((await world.service.logs()).join('')).not.toContain(TOKEN);
  });
});

describe('files', () => {
  async function post(parts: Record<string, Uint8Array | string>, fileName = 'app-1.2.3.tgz') {
    const form = new FormData();
    for (const [name, value] of Object.entries(parts)) {
      if (typeof value === 'string') form.append(name, value);
      else
        form.append(
          name,
          new Blob([value as Uint8Array<ArrayBuffer>]),
          name === 'chart' ? fileName : `${fileName}.prov`,
        );
    }
    const encoded = new Response(form);
    const headers = { ...AUTHORIZED, 'content-type': encoded.headers.get('content-type') ?? '' };
    const body = await encoded.arrayBuffer();
    const response = await world.service.fetch('/v1/verify/files', { method: 'POST', headers, body });
    return { status: response.status, body: await response.json() };
  }
  const files = async (path = 'app-1.2.3.tgz') => ({
    chart: await fixture(`demo/${path}`),
    provenance: await fixture(`demo/${path}.prov`),
  });

  it('are judged like a chart in a registry, with their content', async () => {
    for (const more of [{ policy: 'default' }, { reference: GOOD }]) {
      const { status, body } = await post({ ...(await files()), ...more });
      expect([status, body.verdict]).toEqual([200, 'allow']);
      expect(body.subject).toMatchObject({
        digest: null,
        pinned: null,
        chart: { name: 'app', version: '1.2.3', signed: true },
      });
      expect(body.depth).toBe('content');
    }
  });

  it('may come with the provenance before the chart', async () => {
    const { chart, provenance } = await files();
    expect((await post({ policy: 'default', provenance, chart })).body.verdict).toBe('allow');
  });

  it('are denied when tampered with, unsigned, or called otherwise than what was signed', async () => {
    const { body: tampered } = await post({ ...(await files('tampered/app-1.2.3.tgz')), policy: 'default' });
    expect([tampered.verdict, tampered.reasons[0].code]).toEqual(['deny', 'pgp.digest_mismatch']);
    const { body: unsigned } = await post({ chart: await fixture('demo/app-1.2.3.tgz'), policy: 'default' });
    expect([unsigned.verdict, unsigned.reasons[0].code]).toEqual(['deny', 'pgp.provenance_missing']);
    const { body: old } = await post({ ...(await files('app-1.0.0.tgz')), reference: GOOD });
    expect(old.verdict).toBe('deny');
    expect(old.reasons.map((reason: { code: string }) => reason.code)).toContain('chart.version_mismatch');
    const { body: renamed } = await post({ ...(await files()), policy: 'default' }, 'other-1.2.3.tgz');
    expect(renamed.verdict).toBe('deny');
  });

  it.each([
    ['no chart', {}, 400],
    ['neither reference nor policy', { chart: new Uint8Array([1]) }, 400],
    ['an unknown part', { other: 'x' }, 400],
    ['an unknown policy', { chart: new Uint8Array([1]), policy: 'nobody' }, 422],
    [
      'too large a provenance',
      { chart: new Uint8Array([1]), provenance: new Uint8Array(1024 * 1024 + 1), policy: 'default' },
      413,
    ],
  ])('get a problem with %s', async (_name, parts, status) => {
    expect((await post(parts as Record<string, string>)).status).toBe(status);
  });

  it('get a problem when the body ends early or is no multipart', async () => {
    for (const [type, body] of [
      [
        'multipart/form-data; boundary=x',
        '--x\r\ncontent-disposition: form-data; name="chart"; filename="a"\r\n\r\nabc',
      ],
      ['multipart/form-data', 'abc'],
      ['application/json', '{}'],
    ] as const) {
      const response = await world.service.fetch('/v1/verify/files', {
        method: 'POST',
        headers: { ...AUTHORIZED, 'content-type': type },
        body,
      });
      expect(response.status).toBe(400);
    }
  });

  it('are a denied archive when they are none', async () => {
    const { body } = await post({
      chart: new TextEncoder().encode('no archive'),
      provenance: (await files()).provenance,
      policy: 'default',
    });
    expect(body.verdict).toBe('deny');
  });
});
