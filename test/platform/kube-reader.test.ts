import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ObjectReader } from '../../src/admission/index.ts';
import { createKubeApi, type KubeApi } from '../../src/platform/node/kube-api.ts';
import { createKubeReader } from '../../src/platform/node/kube-reader.ts';
import { type RunningServer, serveHandler } from '../../src/platform/node/serve-handler.ts';
import { failure } from '../oci/support.ts';
import { fixture } from '../support/fixtures.ts';

const FLUX = 'source.toolkit.fluxcd.io';
const REPOSITORY = { group: FLUX, kind: 'HelmRepository', namespace: 'flux', name: 'charts' };
const pem = async (name: string) => new TextDecoder().decode(await fixture(`tls/${name}`));
const path = (name: string) => new URL(`../fixtures/tls/${name}`, import.meta.url).pathname;

// A small API server: what it is asked, and what it answers by path (with query).
const asked: { path: string; authorization: string | null }[] = [];
let answers: Record<string, unknown> = {};
let now = 0;
let folder = '';
let server: RunningServer;
let api: KubeApi;
let reader: ObjectReader;

const DISCOVERY = {
  [`/apis/${FLUX}`]: {
    preferredVersion: { version: 'v1' },
    versions: [{ version: 'v1' }, { version: 'v1beta2' }],
  },
  [`/apis/${FLUX}/v1`]: {
    resources: [
      { name: 'helmrepositories/status', kind: 'HelmRepository', namespaced: true },
      { name: 'helmrepositories', kind: 'HelmRepository', namespaced: true },
    ],
  },
  [`/apis/${FLUX}/v1beta2`]: {
    resources: [
      { name: 'helmrepositories', kind: 'HelmRepository', namespaced: true },
      { name: 'ocirepositories', kind: 'OCIRepository', namespaced: true },
    ],
  },
};
const AT = `/apis/${FLUX}/v1/namespaces/flux/helmrepositories`;

beforeAll(async () => {
  server = await serveHandler(
    (request) => {
      const url = new URL(request.url);
      const at = `${url.pathname}${url.search}`;
      asked.push({ path: at, authorization: request.headers.get('authorization') });
      const found = answers[at];
      if (found === undefined) return new Response('{}', { status: 404 });
      if (found instanceof Response) return found.clone();
      return Response.json(found);
    },
    { tls: { cert: await pem('server.pem'), key: await pem('server-key.pem') } },
  );
  folder = await mkdtemp(join(tmpdir(), 'chartseal-account-'));
  await copyFile(path('ca.pem'), join(folder, 'ca.crt'));
});
afterAll(async () => {
  await server.close({ graceMs: 0 });
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  now = 0;
  asked.length = 0;
  answers = { ...DISCOVERY };
  await writeFile(join(folder, 'token'), 'token-1\n');
  await api?.close();
  api = await createKubeApi({
    env: { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(server.port) },
    clock: () => now,
    accountPath: folder,
  });
  reader = createKubeReader(api, () => now);
});
afterAll(() => api.close());

describe('the reader of the cluster', () => {
  it('reads an object with the token of the service account, by the CA of the cluster', async () => {
    answers[`${AT}/charts`] = { kind: 'HelmRepository', spec: { url: 'oci://r.test/charts' } };
    expect(await reader.get(REPOSITORY)).toMatchObject({ spec: { url: 'oci://r.test/charts' } });
    expect(await reader.get({ ...REPOSITORY, name: 'absent' })).toBeUndefined();
    expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer token-1']));
  });

  it('asks anew for every object, so that nobody is judged by what it was a moment ago', async () => {
    for (const url of ['oci://r.test/old', 'oci://r.test/new']) {
      answers[`${AT}/charts`] = { spec: { url } };
      expect(await reader.get(REPOSITORY)).toEqual({ spec: { url } });
    }
  });

  it('finds a kind in whichever version it is, and one whose CRD comes later', async () => {
    answers[`/apis/${FLUX}/v1beta2/namespaces/flux/ocirepositories/app`] = { spec: {} };
    expect(await reader.get({ ...REPOSITORY, kind: 'OCIRepository', name: 'app' })).toEqual({ spec: {} });
    const late = { ...REPOSITORY, group: 'helm.toolkit.fluxcd.io', kind: 'HelmRelease' };
    expect(await reader.get(late)).toBeUndefined();
    answers['/apis/helm.toolkit.fluxcd.io'] = { versions: [{ version: 'v2' }] };
    answers['/apis/helm.toolkit.fluxcd.io/v2'] = {
      resources: [{ name: 'helmreleases', kind: 'HelmRelease', namespaced: true }],
    };
    answers['/apis/helm.toolkit.fluxcd.io/v2/namespaces/flux/helmreleases/charts'] = { spec: { a: 1 } };
    expect(await reader.get(late)).toEqual({ spec: { a: 1 } });
  });

  it('lists page by page, and says of each item what the list says of all', async () => {
    answers[`${AT}?limit=250`] = { items: [{ metadata: { name: 'a' } }], metadata: { continue: 'x y' } };
    answers[`${AT}?limit=250&continue=x%20y`] = { items: [{ metadata: { name: 'b' } }], metadata: {} };
    const found = await reader.list(FLUX, 'HelmRepository', 'flux');
    expect(found).toEqual([
      { apiVersion: `${FLUX}/v1`, kind: 'HelmRepository', metadata: { name: 'a' } },
      { apiVersion: `${FLUX}/v1`, kind: 'HelmRepository', metadata: { name: 'b' } },
    ]);
    answers[`/apis/${FLUX}/v1/helmrepositories?limit=250`] = { items: [] };
    expect(await reader.list(FLUX, 'HelmRepository')).toEqual([]);
    expect(await reader.list(FLUX, 'NoSuchKind')).toEqual([]);
  });

  it('stops at a list without end', async () => {
    answers[`${AT}?limit=250`] = { items: [], metadata: { continue: 'more' } };
    answers[`${AT}?limit=250&continue=more`] = { items: [], metadata: { continue: 'more' } };
    expect((await failure(reader.list(FLUX, 'HelmRepository', 'flux'))).code).toBe('limit.charts');
    expect(asked.length).toBeLessThan(40);
  });

  it('leaves off a list that nobody waits for any more, and begins none', async () => {
    const gone = new AbortController();
    const given = { code: 'k8s.unavailable', retryable: true };
    answers[`${AT}?limit=250`] = { items: [{}], metadata: { continue: 'more' } };
    answers[`${AT}?limit=250&continue=more`] = { items: [] };
    const giveUp = () => {
      gone.abort();
      return true;
    };
    const list = (wanted?: () => boolean) =>
      failure(reader.list(FLUX, 'HelmRepository', 'flux', wanted, gone.signal));
    expect(await list(giveUp)).toMatchObject(given);
    const before = asked.length;
    expect(asked.at(-1)?.path).toBe(`${AT}?limit=250`);
    expect(await list()).toMatchObject(given);
    expect(asked.length).toBe(before);
    // Nor is it looked up for it which kinds there are.
    const fresh = createKubeReader(api, () => now);
    await failure(fresh.list(FLUX, 'HelmRepository', 'flux', undefined, gone.signal));
    expect(asked.length).toBe(before);
    // Whoever waits goes on, with what was given up before.
    expect(await reader.list(FLUX, 'HelmRepository', 'flux')).toHaveLength(1);
  });

  it.each([
    ['500', new Response('no', { status: 500 }), true],
    ['403', new Response('no', { status: 403 }), false],
    ['a redirect', new Response(null, { status: 302, headers: { location: 'https://other.test/' } }), true],
    ['what is no JSON', new Response('<html>'), true],
    ['what is no object', new Response('[]'), true],
  ])('says that the API server answered %s', async (_, answer, retryable) => {
    answers[`${AT}/charts`] = answer;
    expect(await failure(reader.get(REPOSITORY))).toMatchObject({ code: 'k8s.unavailable', retryable });
  });

  it('goes nowhere else for an answer, with its token', async () => {
    answers[`${AT}/charts`] = new Response(null, { status: 302, headers: { location: `${AT}/other` } });
    answers[`${AT}/other`] = { spec: {} };
    expect(await failure(reader.get(REPOSITORY))).toMatchObject({ code: 'k8s.unavailable' });
    expect(asked.map(({ path: at }) => at)).not.toContain(`${AT}/other`);
  });

  it('looks again which kinds there are after a minute', async () => {
    answers[`${AT}/charts`] = { spec: { in: 'v1' } };
    expect(await reader.get(REPOSITORY)).toEqual({ spec: { in: 'v1' } });
    answers[`/apis/${FLUX}`] = { preferredVersion: { version: 'v1beta2' }, versions: [] };
    answers[`${AT.replace('/v1/', '/v1beta2/')}/charts`] = { spec: { in: 'v1beta2' } };
    now = 59_000;
    expect(await reader.get(REPOSITORY)).toEqual({ spec: { in: 'v1' } });
    now = 61_000;
    expect(await reader.get(REPOSITORY)).toEqual({ spec: { in: 'v1beta2' } });
  });

  it('looks at few versions of a group, however many there are', async () => {
    answers[`/apis/${FLUX}`] = {
      versions: Array.from({ length: 50 }, (_, i) => ({ version: `v${i + 10}` })),
    };
    expect(await reader.get(REPOSITORY)).toBeUndefined();
    expect(asked.length).toBeLessThanOrEqual(11);
  });

  it('says that a list is none', async () => {
    answers[`${AT}?limit=250`] = { items: 'many' };
    expect((await failure(reader.list(FLUX, 'HelmRepository', 'flux'))).code).toBe('k8s.unavailable');
  });

  it('takes names for names and never for a path', async () => {
    await reader.get({ ...REPOSITORY, name: 'known' });
    asked.length = 0;
    for (const name of ['..', '../../secrets/x', 'a/b', 'a?b', 'a%2fb', '', 'x\r\nhost: y', '.']) {
      expect(await reader.get({ ...REPOSITORY, name })).toBeUndefined();
      expect(await reader.get({ ...REPOSITORY, namespace: name })).toBeUndefined();
      expect(await reader.get({ ...REPOSITORY, group: name })).toBeUndefined();
    }
    // What a group without a name has is asked for, and nothing under any of these names.
    expect(new Set(asked.map(({ path: at }) => at))).toEqual(new Set(['/api/v1']));
    const listed = ['..', 'a/b', 'a?b', 'a%2fb'].map((name) => reader.list(FLUX, 'HelmRepository', name));
    expect(await Promise.all(listed)).toEqual([[], [], [], []]);
    expect(new Set(asked.map(({ path: at }) => at))).toEqual(new Set(['/api/v1']));
  });

  it('takes up a token that was replaced', async () => {
    await writeFile(join(folder, 'token'), 'token-2');
    now = 59_000;
    await reader.get(REPOSITORY);
    now = 61_000;
    await reader.get(REPOSITORY);
    expect([asked.at(0)?.authorization, asked.at(-1)?.authorization]).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
  });

  it('goes on with the token it has when there is none to read', async () => {
    await rm(join(folder, 'token'));
    now = 61_000;
    await reader.get(REPOSITORY);
    expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer token-1']));
  });

  it('asks an address of IPv6 too, and waits three seconds for an answer', async () => {
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    const urls: string[] = [];
    const other = await createKubeApi({
      env: { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' },
      clock: () => 0,
      accountPath: folder,
      fetch: async (input, init) => {
        urls.push(String(input));
        expect(init?.signal).toBe(timeout.mock.results.at(-1)?.value);
        return Response.json({ kind: 'X' });
      },
    });
    expect(await other.getJson('/apis/x')).toEqual({ kind: 'X' });
    expect(urls).toEqual(['https://[fd00::1]:6443/apis/x']);
    expect(timeout.mock.calls).toEqual([[3000]]);
    timeout.mockRestore();
  });

  it('is refused at start outside of a cluster', async () => {
    const options = { clock: () => 0, accountPath: folder };
    expect((await failure(createKubeApi({ ...options, env: {} }))).code).toBe('config.invalid');
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };
    const missing = await failure(createKubeApi({ ...options, env, accountPath: join(folder, 'none') }));
    expect(missing).toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining('admission.cluster'),
    });
  });
});
