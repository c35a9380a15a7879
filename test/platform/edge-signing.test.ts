import { convertV4MiniflareOptions, Miniflare, Response as MiniflareResponse } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MEDIA_TYPES } from '../../src/chart/index.ts';
import { createMemoryRegistry, type MemoryRegistry } from '../../src/memory-registry/index.ts';
import { type AuditRecord, verifyChain } from '../../src/state/index.ts';
import { bundleEdge } from '../support/bundle-edge.ts';
import { fixture } from '../support/fixtures.ts';
import { AUTHORIZED, appConfig, releaseSecret, TOKEN } from '../support/world.ts';

// src/worker.ts itself, with a bundled configuration, its key as a Worker secret, the audit log in D1 and its locks as
// Durable Objects. Its clock is the machine's.

const CONFIG = {
  registries: [{ host: 'registry.test' }],
  trust: { release: { pgp: 'release.asc' } },
  policies: [{ name: 'default', match: ['**'], require: 'release' }],
  callers: { tester: { token: { secret: 'TESTER' } } },
  access: { audit: ['tester'] },
  signing: [
    {
      name: 'release',
      pgp: { secret: 'RELEASE_KEY' },
      repositories: ['registry.test/charts/**'],
      callers: ['tester'],
    },
  ],
};

describe('signing at the edge', () => {
  let script: string;
  let edge: Miniflare;
  let registry: MemoryRegistry;
  let beforeAnswer: ((request: Request) => Promise<void>) | undefined;

  function start(bindings: boolean): Miniflare {
    return new Miniflare({
      ...convertV4MiniflareOptions({
        modules: true,
        script,
        compatibilityDate: '2026-10-01',
        compatibilityFlags: ['nodejs_compat'],
        bindings: secrets,
        ...(bindings
          ? {
              d1Databases: { AUDIT: 'audit' },
              durableObjects: { LOCKS: { className: 'LockObject', useSQLite: true } },
            }
          : {}),
        outboundService: async (request) => {
          const init: RequestInit = { method: request.method, headers: [...request.headers] };
          if (request.body !== null) init.body = await request.arrayBuffer();
          const asked = new Request(request.url, init);
          await beforeAnswer?.(asked);
          const { host } = new URL(request.url);
          if (host !== 'registry.test') return new MiniflareResponse('no such host', { status: 523 });
          return (await registry.fetch(asked)) as unknown as MiniflareResponse;
        },
      }),
      handleStructuredLogs: ({ message }) => lines.push(message),
      telemetry: { enabled: false },
    });
  }

  const lines: string[] = [];
  let secrets: Record<string, string>;

  beforeAll(async () => {
    const armored = await releaseSecret();
    // In parts, as a Worker secret holds 5 KB at most.
    secrets = { TESTER: TOKEN, RELEASE_KEY_1: armored.slice(0, 900), RELEASE_KEY_2: armored.slice(900) };
    script = await bundleEdge(CONFIG, { 'release.asc': await fixture('keys/release.asc') });
    registry = createMemoryRegistry({ host: 'registry.test' });
    edge = start(true);
    await edge.ready;
  });
  afterAll(async () => {
    await edge?.dispose();
  });

  async function push(repository: string) {
    const { digest } = await registry.pushChart(repository, '1.2.3', {
      archive: await fixture('demo/app-1.2.3.tgz'),
      config: await appConfig(),
    });
    registry.requests.length = 0;
    return { reference: `oci://registry.test/${repository}:1.2.3`, expectedDigest: digest as string };
  }

  async function post(path: string, body: object, worker = edge) {
    const answer = await worker.dispatchFetch(`http://chartseal.test${path}`, {
      method: 'POST',
      headers: AUTHORIZED,
      body: JSON.stringify(body),
    });
    // biome-ignore lint/suspicious/noExplicitAny: answers and problems alike
    return { status: answer.status, body: (await answer.json()) as any };
  }
  const sign = (order: object) => post('/v1/sign', { with: ['release'], ...order });

  async function records(): Promise<AuditRecord[]> {
    const answer = await edge.dispatchFetch('http://chartseal.test/v1/audit?limit=1000', {
      headers: AUTHORIZED,
    });
    const page = (await answer.json()) as { records: AuditRecord[]; head: { hash: string } | null };
    const chain = await verifyChain(page.records, page.head === null ? {} : { head: page.head.hash });
    expect(chain).toMatchObject({ intact: true, count: page.records.length });
    return page.records;
  }

  const provenances = (repository: string) => {
    const { bytes } = registry.getManifest(repository, '1.2.3')!;
    const { layers } = JSON.parse(new TextDecoder().decode(bytes)) as { layers: { mediaType: string }[] };
    return layers.filter(({ mediaType }) => mediaType === MEDIA_TYPES.provenance);
  };
  const tagPuts = () =>
    registry.requests.filter(({ method, path }) => method === 'PUT' && path.endsWith('/manifests/1.2.3'));

  it('signs a chart, keeps the log in D1, and verifies what it made', async () => {
    const order = await push('charts/app');
    const { status, body } = await sign(order);
    expect([status, body.code, body.detail]).toEqual([201, undefined, undefined]);
    expect(registry.getManifest('charts/app', '1.2.3')?.digest).toBe(body.after);
    expect(provenances('charts/app')).toHaveLength(1);
    const verified = await post('/v1/verify', { reference: order.reference });
    expect([verified.body.verdict, verified.body.subject.digest]).toEqual(['allow', body.after]);
    expect(verified.body.clients.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      'accept',
      'accept',
      'accept',
    ]);
    const log = await records();
    expect(log.map(({ kind, caller }) => [kind, caller])).toEqual([
      ['intent', 'tester'],
      ['signed', 'tester'],
    ]);
    expect(log.at(-1)).toMatchObject({ before: order.expectedDigest, after: body.after, intent: 1 });
    expect(body.audit).toEqual({ seq: 2, hash: log.at(-1)?.hash });
  });

  it.each(['attach', 'detached'])('lets two signers of one tag at once sign once (%s)', async (mode) => {
    const repository = `charts/race/${mode}/app`;
    const order = { ...(await push(repository)), mode };
    // Slow enough that without a lock all would have begun before one is done.
    registry.quirks = { latencyMs: 10 };
    const answers = await Promise.all([sign(order), sign(order), sign(order)]);
    registry.quirks = {};
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
    expect(new Set(answers.map(({ body }) => body.after)).size).toBe(1);
    expect(tagPuts()).toHaveLength(mode === 'attach' ? 1 : 0);
    expect(provenances(repository)).toHaveLength(mode === 'attach' ? 1 : 0);
    const kinds = (await records())
      .filter(({ reference }) => reference.includes(repository))
      .map(({ kind }) => kind)
      .sort();
    expect(kinds).toEqual(['intent', 'signed', 'unchanged', 'unchanged']);
  });

  it('signs many at once, each with its records, in one intact chain', async () => {
    const before = (await records()).length;
    const references = await Promise.all([1, 2, 3, 4].map((n) => push(`charts/many/${n}/app`)));
    const { status, body } = await post('/v1/sign', { references, with: ['release'] });
    expect([status, body.map(({ changed }: { changed: boolean }) => changed)]).toEqual([
      201,
      [true, true, true, true],
    ]);
    const log = (await records()).slice(before);
    expect(log.map(({ kind }) => kind).sort()).toEqual([
      ...Array(4).fill('intent'),
      ...Array(4).fill('signed'),
    ]);
  });

  it('does not move a tag that somebody else moved', async () => {
    const order = await push('charts/moved/app');
    const other = await registry.pushChart('charts/moved/app', '1.2.3', {
      archive: await fixture('demo/app-1.2.3.tgz'),
      config: await appConfig(),
      annotations: { moved: 'yes' },
    });
    const refused = await sign(order);
    expect([refused.status, refused.body.code]).toEqual([409, 'sign.digest_mismatch']);
    expect(registry.getManifest('charts/moved/app', '1.2.3')?.digest).toBe(other.digest);
    expect((await records()).at(-1)).toMatchObject({ kind: 'refused', code: 'sign.digest_mismatch' });

    const { bytes } = registry.getManifest('charts/moved/app', order.expectedDigest)!;
    beforeAnswer = async ({ method, url }) => {
      if (method !== 'PUT' || !url.includes('/manifests/sha256:')) return;
      beforeAnswer = undefined;
      await registry.putManifest(
        'charts/moved/app',
        '1.2.3',
        bytes,
        'application/vnd.oci.image.manifest.v1+json',
      );
    };
    const moved = await sign({ ...order, expectedDigest: other.digest });
    expect([moved.status, moved.body.code]).toEqual([409, 'sign.tag_moved']);
    expect(registry.getManifest('charts/moved/app', '1.2.3')?.digest).toBe(order.expectedDigest);
  });

  it('answers nothing while D1 and the locks are not bound', async () => {
    const unbound = start(false);
    try {
      const order = await push('charts/unbound/app');
      const answer = await unbound.dispatchFetch('http://chartseal.test/v1/sign', {
        method: 'POST',
        headers: AUTHORIZED,
        body: JSON.stringify({ ...order, with: ['release'] }),
      });
      expect(answer.status).toBe(500);
      expect(registry.requests).toEqual([]);
      expect(await answer.text()).not.toContain('PRIVATE KEY');
      expect(lines.join('')).toContain('AUDIT (D1)');
      expect(lines.join('')).not.toMatch(/PRIVATE KEY|test-token/);
    } finally {
      await unbound.dispose();
    }
  });
});
