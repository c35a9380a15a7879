import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fixture } from '../support/fixtures.ts';
import { NOW } from '../support/service.ts';
import { AUTHORIZED, createWorld, pushGood, type World, type WorldOptions } from '../support/world.ts';

// AdmissionReview v1 through the whole service: what an API server sends, what it gets, and what that costs.

const APP = 'oci://registry.test/charts/app';
const SEGMENT = 'kube-0123456789abcdef';
const UID = '201d7a30-5d63-4cdb-b489-0d598c0610dc';

let world: World;
let digest = '';

const start = (admission: object = {}, options: WorldOptions = {}) =>
  createWorld({
    ...options,
    config: {
      admission: { pathSecret: { secret: 'SEGMENT' }, callers: ['tester'], ...admission },
      ...options.config,
    },
    secrets: { SEGMENT },
  });

beforeAll(async () => {
  world = await start();
  digest = (await pushGood(world.registry)).digest;
  const archive = await fixture('demo/app-1.2.3.tgz');
  await world.registry.pushChart('charts/app', '9.9.9', { archive });
});
beforeEach(() => world.registry.reset());

/** An OCIRepository of Flux. */
function repository(ref: object = { tag: '1.2.3' }, more: object = {}) {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'OCIRepository',
    metadata: { name: 'app', namespace: 'default', ...more },
    spec: { interval: '10m', url: APP, ref },
  };
}

function application(...versions: string[]) {
  const sources = versions.map((targetRevision) => ({
    repoURL: 'registry.test/charts',
    chart: 'app',
    targetRevision,
  }));
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'app', namespace: 'argocd' },
    spec: { project: 'default', destination: { namespace: 'app' }, sources },
  };
}

function review(object: Record<string, unknown> | null, more: Record<string, unknown> = {}) {
  const { apiVersion, kind } = (object ?? more.oldObject) as { apiVersion: string; kind: string };
  const [group = '', version = group] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const gvk = { group, version, kind };
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: UID,
      kind: gvk,
      resource: { group, version, resource: `${kind.toLowerCase()}s` },
      requestKind: gvk,
      name: 'app',
      namespace: 'default',
      operation: 'CREATE',
      userInfo: { username: 'admin', uid: '1', groups: ['system:masters'] },
      object,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      ...more,
    },
  };
}

async function post(body: unknown, options: { mode?: string; at?: World; path?: string } = {}) {
  const { mode = 'validate', at = world, path = `/k/${SEGMENT}/admission/${mode}` } = options;
  const answer = await at.service.fetch(`${path}?timeout=30s`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  // biome-ignore lint/suspicious/noExplicitAny: reviews and problems alike
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as any };
}

async function answerTo(...args: Parameters<typeof post>) {
  const { status, body } = await post(...args);
  expect([status, body.apiVersion, body.kind]).toEqual([200, 'admission.k8s.io/v1', 'AdmissionReview']);
  return body.response;
}

const patchOf = ({ patch }: { patch: string }) =>
  JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(patch), (char) => char.charCodeAt(0))));

describe('a review', () => {
  it('of a signed chart is admitted, with what was judged for the audit log', async () => {
    const response = await answerTo(review(repository()));
    expect(response).toEqual({
      uid: UID,
      allowed: true,
      auditAnnotations: {
        verdict: 'allow',
        digest,
        policy: 'default',
        report: expect.stringMatching(/^01[0-9A-Z]{24}$/),
      },
    });
  });

  it('is answered to whoever asked, and kept by nobody between', async () => {
    const { headers } = await post(review(repository()));
    expect([headers.get('content-type'), headers.get('cache-control')]).toEqual([
      'application/json',
      'no-store',
    ]);
  });

  it('of an unsigned chart is refused, with chart, reason and report in the message', async () => {
    const response = await answerTo(review(repository({ tag: '9.9.9' })));
    expect(response).toMatchObject({ uid: UID, allowed: false, status: { code: 403, reason: 'Forbidden' } });
    expect(response.status.message).toMatch(
      /^oci:\/\/registry\.test\/charts\/app:9\.9\.9 is not signed by release \(pgp\.provenance_missing: .*\); report 01[0-9A-Z]{24}$/,
    );
    expect(response.status.message).toContain(response.auditAnnotations.report);
    expect(response.auditAnnotations).toMatchObject({ verdict: 'deny', policy: 'default' });
  });

  it('of several charts is refused for each that does not pass', async () => {
    expect((await answerTo(review(application('1.2.3', '1.2.3')))).allowed).toBe(true);
    const { allowed, status } = await answerTo(review(application('1.2.3', '9.9.9', '7.7.7')));
    expect(allowed).toBe(false);
    expect(status.message).toContain('app:9.9.9 is not signed by release (pgp.provenance_missing');
    expect(status.message).toContain('app:7.7.7 is refused (chart.not_found');
    expect(status.message).not.toContain('1.2.3 ');
  });

  it.each([
    ['a registry that is not listed', { url: 'oci://other.test/charts/app' }, 'registry.not_listed'],
    ['a chart that does not exist', { url: 'oci://registry.test/charts/none' }, 'chart.not_found'],
    ['what is no reference', { url: 'oci://registry.test/UPPER' }, 'k8s.unreadable'],
  ])('of %s is refused', async (_, spec, code) => {
    const object = repository();
    const response = await answerTo(review({ ...object, spec: { ...object.spec, ...spec } }));
    expect(response.allowed).toBe(false);
    expect(response.status.message).toContain(code);
  });

  it('of a chart that no policy covers is refused without asking anybody', async () => {
    const policies = [{ name: 'prod', match: ['registry.test/prod/**'], require: 'release' }];
    const other = await start({}, { config: { policies } });
    for (const ref of [{ tag: '1.2.3' }, { semver: '^1.0.0' }]) {
      const { allowed, status } = await answerTo(review(repository(ref)), { at: other });
      expect([allowed, status.message.includes('policy.no_match')]).toEqual([false, true]);
    }
    expect(other.registry.requests).toEqual([]);
  });

  it('of a range is judged for what it is now, and admitted with a warning', async () => {
    const response = await answerTo(review(repository({ semver: '~1.2.0' })));
    expect(response).toMatchObject({ allowed: true, auditAnnotations: { digest } });
    expect(response.warnings).toEqual([
      expect.stringMatching(/app:1\.2\.3 comes from a range \(k8s\.range\); report 01/),
    ]);
    const refused = await answerTo(review(repository({ semver: '>=1.0.0' })));
    expect(refused.status.message).toContain('app:9.9.9 is not signed');
    const none = await answerTo(review(repository({ semver: '~3' })));
    expect(none.status.message).toContain('chart.no_matching_version');
  });

  it('of what is in no OCI registry, or cannot be resolved, follows the configuration', async () => {
    const git = application();
    const inGit = { ...git, spec: { ...git.spec, source: { repoURL: 'https://git.test/x.git', path: 'a' } } };
    const release = {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { name: 'app', namespace: 'default' },
      spec: { chart: { spec: { chart: 'app', sourceRef: { kind: 'HelmRepository', name: 'charts' } } } },
    };
    for (const [object, code] of [
      [inGit, 'k8s.not_oci'],
      [release, 'k8s.unresolved_reference'],
      [repository({ semver: '*', semverFilter: '.*' }), 'k8s.unreadable'],
    ] as const) {
      const { allowed, status } = await answerTo(review(object));
      expect([allowed, status?.message.includes(code)]).toEqual([false, true]);
      const lenient = await start({ notOci: 'warn', unresolved: 'warn', unreadable: 'warn' });
      const warned = await answerTo(review(object), { at: lenient });
      expect([warned.allowed, warned.warnings.length, warned.warnings[0].includes(code)]).toEqual([
        true,
        1,
        true,
      ]);
    }
    expect(world.registry.requests).toEqual([]);
  });

  it('by a policy that only warns is admitted with a warning, whatever is wrong', async () => {
    const policies = [{ name: 'audit', match: ['**'], require: 'release', mode: 'warn' }];
    const audit = await start({}, { config: { policies } });
    const archive = await fixture('demo/app-1.2.3.tgz');
    await audit.registry.pushChart('charts/app', '9.9.9', { archive });
    for (const [url, code] of [
      [`${APP}:9.9.9`, 'pgp.provenance_missing'],
      ['oci://other.test/charts/app:1', 'registry.not_listed'],
      ['oci://registry.test/charts/none:1', 'chart.not_found'],
    ] as const) {
      const [, base = '', tag = ''] = /^(.*):([^:/]+)$/.exec(url) ?? [];
      const object = repository({ tag });
      const response = await answerTo(review({ ...object, spec: { ...object.spec, url: base } }), {
        at: audit,
      });
      expect(response.allowed).toBe(true);
      expect(response.warnings[0]).toContain(code);
    }
  });

  it('is admitted whatever is wrong where admission only warns, and what passes is pinned all the same', async () => {
    const policies = [{ name: 'prod', match: ['registry.test/charts/*'], require: 'release' }];
    const audit = await start({ mode: 'warn' }, { config: { policies, limits: { reviewCharts: 2 } } });
    await pushGood(audit.registry);
    const archive = await fixture('demo/app-1.2.3.tgz');
    await audit.registry.pushChart('charts/app', '9.9.9', { archive });
    const from = (url: string) => {
      const object = repository();
      return { ...object, spec: { ...object.spec, url } };
    };
    const git = { repoURL: 'https://git.test/x.git', path: 'a' };
    for (const [object, code] of [
      [repository({ tag: '9.9.9' }), 'pgp.provenance_missing'],
      [from('oci://other.test/charts/app'), 'registry.not_listed'],
      [from('oci://registry.test/elsewhere/app'), 'policy.no_match'],
      [{ ...application(), spec: { source: git } }, 'k8s.not_oci'],
      [from('oci://registry.test/UPPER'), 'k8s.unreadable'],
      [application('1.0.0', '1.0.1', '1.0.2'), 'limit.charts'],
    ] as const) {
      const { allowed, warnings } = await answerTo(review(object), { at: audit });
      expect([allowed, warnings[0].includes(code)]).toEqual([true, true]);
      expect((await answerTo(review(object), { at: audit, mode: 'mutate' })).patch).toBeUndefined();
    }
    const pinned = await answerTo(review(repository()), { at: audit, mode: 'mutate' });
    expect(patchOf(pinned)[0]).toMatchObject({ value: digest });
  });

  it('has warnings of at most 120 characters, in which the chart can still be told', async () => {
    const policies = [{ name: 'audit', match: ['**'], require: 'release', mode: 'warn' }];
    const audit = await start({ tags: 'warn' }, { config: { policies } });
    const url = `oci://registry.test/${'long-team-name/'.repeat(10)}payment-app`;
    const object = repository();
    const { warnings } = await answerTo(review({ ...object, spec: { ...object.spec, url } }), { at: audit });
    expect(warnings.length).toBe(2);
    for (const warning of warnings) {
      expect(warning.length).toBeLessThanOrEqual(120);
      expect(warning).toMatch(/payment-app:1\.2\.3 .*\); report 01/);
    }
  });
});

describe('a review is answered without asking any registry', () => {
  const gone = { deletionTimestamp: '2026-11-23T12:00:00Z', finalizers: ['x'] };
  const bad = repository({ tag: '9.9.9' });
  it.each<[string, ReturnType<typeof review>]>([
    ['DELETE', review(null, { operation: 'DELETE', oldObject: bad })],
    ['DELETE of a collection', review(null, { operation: 'DELETE', oldObject: bad, name: undefined })],
    ['CONNECT', review(bad, { operation: 'CONNECT' })],
    [
      'the last update of what is being deleted',
      review(repository({ tag: '9.9.9' }, gone), {
        operation: 'UPDATE',
        oldObject: repository({ tag: '1' }, gone),
      }),
    ],
    [
      'a status',
      review(bad, {
        operation: 'UPDATE',
        subResource: 'status',
        requestSubResource: 'status',
        oldObject: bad,
      }),
    ],
    [
      'an update that leaves the charts as they are',
      review(repository({ tag: '9.9.9' }, { labels: { a: 'b' } }), { operation: 'UPDATE', oldObject: bad }),
    ],
    [
      'sources in another order',
      review(application('9.9.9', '1.2.3'), {
        operation: 'UPDATE',
        oldObject: application('1.2.3', '9.9.9'),
      }),
    ],
  ])('%s', async (_, body) => {
    for (const mode of ['validate', 'mutate']) {
      const response = await answerTo(body, { mode });
      expect(response).toEqual({ uid: UID, allowed: true });
    }
    expect(world.registry.requests).toEqual([]);
  });

  it('a kind that names no charts, which is said', async () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec: {} };
    const response = await answerTo(review(pod));
    expect(response).toEqual({
      uid: UID,
      allowed: true,
      warnings: ['chartseal reads no charts from objects of kind Pod'],
    });
    expect(world.registry.requests).toEqual([]);
  });

  it('but an object that is created as if it were being deleted is judged', async () => {
    expect((await answerTo(review(repository({ tag: '9.9.9' }, gone)))).allowed).toBe(false);
  });

  it('but a chart that is new among others is judged', async () => {
    const body = review(application('1.2.3', '9.9.9'), {
      operation: 'UPDATE',
      oldObject: application('1.2.3'),
    });
    expect((await answerTo(body)).allowed).toBe(false);
  });

  it('and one that was bad before does not hold up a good change', async () => {
    const body = review(application('9.9.9', '1.2.3'), {
      operation: 'UPDATE',
      oldObject: application('9.9.9'),
    });
    expect((await answerTo(body)).allowed).toBe(true);
  });
});

describe('a mutating review', () => {
  it('pins a signed chart to the digest that was judged, and has nothing to do a second time', async () => {
    const object = repository();
    const response = await answerTo(review(object), { mode: 'mutate' });
    expect(response).toMatchObject({ uid: UID, allowed: true, patchType: 'JSONPatch' });
    expect(patchOf(response)).toContainEqual({ op: 'add', path: '/spec/ref/digest', value: digest });
    const pinned = repository({ tag: '1.2.3', digest });
    expect((await answerTo(review(pinned), { mode: 'mutate' })).allowed).toBe(true);
  });

  it('refuses what validation would refuse, and patches nothing', async () => {
    const response = await answerTo(review(repository({ tag: '9.9.9' })), { mode: 'mutate' });
    expect([response.allowed, response.patch]).toEqual([false, undefined]);
  });

  it('does not hold a tag against an object that it pins', async () => {
    const strict = await start({ tags: 'deny' });
    await pushGood(strict.registry);
    expect((await answerTo(review(repository()), { at: strict })).status.message).toContain('k8s.tag');
    expect((await answerTo(review(repository()), { at: strict, mode: 'mutate' })).allowed).toBe(true);
    const byDigest = review(repository({ tag: '1.2.3', digest }));
    expect((await answerTo(byDigest, { at: strict })).allowed).toBe(true);
  });

  it('pins ranges on request only', async () => {
    const body = review(repository({ semver: '~1.2.0' }));
    const plain = await answerTo(body, { mode: 'mutate' });
    expect([plain.allowed, plain.patch]).toEqual([true, undefined]);
    const pinning = await start({ pinRanges: true });
    await pushGood(pinning.registry);
    const response = await answerTo(body, { mode: 'mutate', at: pinning });
    expect(patchOf(response)).toContainEqual({ op: 'add', path: '/spec/ref/digest', value: digest });
    expect(response.warnings).toBeUndefined();
  });
});

describe('whoever sends a review', () => {
  it('needs the secret path or the token of a caller that may', async () => {
    const body = JSON.stringify(review(repository()));
    const send = async (path: string, headers: Record<string, string> = {}) =>
      (await world.service.fetch(path, { method: 'POST', headers, body })).status;
    expect(await send('/admission/validate')).toBe(401);
    expect(await send('/admission/validate', AUTHORIZED)).toBe(200);
    expect(await send(`/k/${SEGMENT}/admission/validate`)).toBe(200);
    expect(await send(`/k/${SEGMENT}/admission/validate`, { authorization: 'Bearer x' })).toBe(200);
  });

  it.each([
    ['no JSON', '{"kind":'],
    ['nothing', ''],
    ['another version', JSON.stringify({ ...review(repository()), apiVersion: 'admission.k8s.io/v1beta1' })],
    ['another kind', JSON.stringify({ ...review(repository()), kind: 'Review' })],
    ['no request', JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' })],
    ['no uid', JSON.stringify(review(repository(), { uid: '' }))],
    ['an unknown operation', JSON.stringify(review(repository(), { operation: 'PATCH' }))],
    ['a list for an object', JSON.stringify(review(repository(), { object: [] }))],
  ])('with %s gets 400 and a problem', async (_, body) => {
    const answer = await post(body);
    expect([answer.status, answer.body.code]).toEqual([400, 'request.invalid']);
    expect(answer.headers.get('content-type')).toContain('problem+json');
  });

  it('is not told to slow down', async () => {
    const limits = { rate: { callerVerifications: 1, anyoneVerifications: 1 } };
    const slow = await start({}, { config: { limits } });
    await pushGood(slow.registry);
    for (let i = 0; i < 5; i++) {
      expect((await answerTo(review(repository()), { at: slow })).allowed).toBe(true);
      const bare = await slow.service.fetch('/admission/validate', {
        method: 'POST',
        headers: AUTHORIZED,
        body: JSON.stringify(review(repository())),
      });
      expect(bare.status).toBe(200);
    }
  });

  it('finds the report in the log, and never the secret', async () => {
    const response = await answerTo(review(repository({ tag: '9.9.9' }), { dryRun: true }));
    const lines = await world.service.logs();
    const line = JSON.parse(
      lines.findLast((text) => text.includes(response.auditAnnotations.report)) ?? '{}',
    );
    expect(line).toMatchObject({
      path: '/k/…/admission/validate',
      status: 200,
      review: { uid: UID, operation: 'CREATE', kind: 'OCIRepository', allowed: false, dryRun: true },
      charts: [{ decision: 'deny', verdict: 'deny', code: 'pgp.provenance_missing' }],
    });
    expect(lines.join('')).not.toContain(SEGMENT);
  });
});

describe('a registry that fails', () => {
  it('makes the answer inconclusive, which the configuration decides on', async () => {
    const policies = [{ name: 'default', match: ['**'], require: 'release' }];
    for (const [onInconclusive, allowed, warnings] of [
      ['deny', false, 0],
      ['warn', true, 1],
      ['allow', true, 0],
    ] as const) {
      const at = await start({ onInconclusive }, { config: { policies }, now: NOW });
      at.registry.quirks = { status: { status: 503 } };
      const response = await answerTo(review(repository()), { at });
      expect([response.allowed, response.warnings?.length ?? 0]).toEqual([allowed, warnings]);
      expect(response.auditAnnotations.verdict).toBe('inconclusive');
    }
  });

  it('is never waited for longer than the review has time', async () => {
    // The deadline of a second leaves 700 ms, less than the registry's own limits here.
    const limits = { requestTimeoutMs: 30_000, overallTimeoutMs: 30_000, retries: 0 };
    const at = await start({}, { config: { limits } });
    at.registry.quirks = { stall: { match: /manifests/ } };
    const answer = await at.service.fetch(`/k/${SEGMENT}/admission/validate?timeout=500ms`, {
      method: 'POST',
      body: JSON.stringify(review(repository())),
    });
    const { response } = (await answer.json()) as {
      response: { allowed: boolean; status: { message: string } };
    };
    expect([answer.status, response.allowed]).toEqual([200, false]);
    expect(response.status.message).toContain('limit.deadline');
    at.registry.quirks = {};
    await pushGood(at.registry);
    expect((await answerTo(review(repository()), { at })).allowed).toBe(true);
  });
});
