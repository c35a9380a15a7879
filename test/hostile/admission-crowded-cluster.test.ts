import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createKubeApi } from '../../src/platform/node/kube-api.ts';
import { createKubeReader } from '../../src/platform/node/kube-reader.ts';
import { admissionWorld, NOW, settle } from '../admission/support.ts';

// To judge a HelmRepository that moves, all HelmReleases are read. Whoever makes very many or very large ones must not
// make the verdict inconclusive, which some configurations let pass, nor fill the memory of the service.

const MIB = 1024 * 1024;
const SOURCES = 'source.toolkit.fluxcd.io';
const RELEASES = 'helm.toolkit.fluxcd.io';

const release = (name: string, bytes: number) => ({
  metadata: { name, namespace: 'team' },
  spec: {
    values: { padding: 'x'.repeat(bytes) },
    chart: {
      spec: { chart: 'app', sourceRef: { kind: 'HelmRepository', name: 'charts', namespace: 'default' } },
    },
  },
});
const repository = (url: string) => ({
  apiVersion: `${SOURCES}/v1`,
  kind: 'HelmRepository',
  metadata: { name: 'charts', namespace: 'default' },
  spec: { type: 'oci', url },
});

/** An API server whose lists of HelmReleases are these pages. */
async function cluster(pages: object[][]) {
  const folder = await mkdtemp(join(tmpdir(), 'chartseal-account-'));
  await writeFile(join(folder, 'ca.crt'), 'ca');
  await writeFile(join(folder, 'token'), 'token');
  const state = { now: 0, most: 0, asked: 0 };
  const ask = async (input: RequestInfo | URL) => {
    const { pathname, searchParams } = new URL(String(input));
    const [, , group = '', version] = pathname.split('/');
    if (version === undefined) return Response.json({ preferredVersion: { version: 'v2' } });
    if (!searchParams.has('limit')) {
      const names = group === RELEASES ? [['helmreleases', 'HelmRelease']] : [['helmcharts', 'HelmChart']];
      return Response.json({ resources: names.map(([name, kind]) => ({ name, kind, namespaced: true })) });
    }
    if (group !== RELEASES) return Response.json({ items: [] });
    state.asked++;
    state.most = Math.max(state.most, ++state.now);
    await new Promise((resolve) => setImmediate(resolve));
    state.now--;
    const page = Number(searchParams.get('continue') ?? 0);
    const next = page + 1 < pages.length ? { continue: String(page + 1) } : {};
    return Response.json({ items: pages[page], metadata: next });
  };
  const api = await createKubeApi({
    env: { KUBERNETES_SERVICE_HOST: '127.0.0.1' },
    clock: () => NOW,
    accountPath: folder,
    fetch: ask as typeof fetch,
  });
  await rm(folder, { recursive: true });
  return { reader: createKubeReader(api, () => NOW), state };
}

const large = Array.from({ length: 20 }, (_, i) => release(`r${i}`, MIB));

it.each([
  ['one page', [[...large, ...large, ...large, ...large]]],
  ['all pages together', Array.from({ length: 10 }, () => large)],
])('releases too large for %s are a deny', async (_, pages) => {
  const { reader, state } = await cluster(pages);
  const world = await admissionWorld({ reader, admission: { onInconclusive: 'allow' } });
  const change = { operation: 'UPDATE', oldObject: repository('oci://registry.test/charts') };
  const response = await world.review(repository('oci://registry.test/evil'), change);
  expect([response.allowed, response.status?.message.includes('limit.charts')]).toEqual([false, true]);
  expect(state.asked).toBeLessThan(5);
});

it('lists are read one after the other, and only what is wanted is kept', async () => {
  const others = Array.from({ length: 50 }, (_, i) => ({ ...release(`o${i}`, 10), spec: {} }));
  const { reader, state } = await cluster([others, [...others, release('a', 10)]]);
  const wanted = (object: unknown) => (object as { metadata: { name: string } }).metadata.name === 'a';
  const lists = await Promise.all(
    Array.from({ length: 8 }, () => reader.list(RELEASES, 'HelmRelease', undefined, wanted)),
  );
  expect(lists.map((list) => list.length)).toEqual(Array(8).fill(1));
  expect(state.most).toBe(1);
});

it('lists that nobody waits for any more are not read, so that whoever waits has his turn', async () => {
  const { reader, state } = await cluster([[release('a', 10)]]);
  const gone = AbortSignal.abort();
  const abandoned = Array.from({ length: 50 }, () =>
    reader.list(RELEASES, 'HelmRelease', undefined, undefined, gone).catch(({ code }) => code),
  );
  expect(await reader.list(RELEASES, 'HelmRelease')).toHaveLength(1);
  expect(new Set(await Promise.all(abandoned))).toEqual(new Set(['k8s.unavailable']));
  expect(state.asked).toBe(1);
});

it('a review whose time is up leaves no list behind', async () => {
  const { reader, state } = await cluster([[release('a', 10)]]);
  let go = () => {};
  const held = new Promise<void>((resolve) => {
    go = resolve;
  });
  const world = await admissionWorld({
    reader: { ...reader, list: async (...args) => held.then(() => reader.list(...args)) },
  });
  const change = { operation: 'UPDATE', oldObject: repository('oci://registry.test/charts') };
  const answer = world.review(repository('oci://registry.test/evil'), change);
  await settle();
  world.timeIsUp();
  expect((await answer).allowed).toBe(false);
  go();
  await settle();
  expect(state.asked).toBe(0);
});

it('lists for reviews whose time is up are not read, so that they hold up no other', async () => {
  const pages = Array.from({ length: 10 }, (_, i) => [release(`r${i}`, 10)]);
  const { reader, state } = await cluster(pages);
  const world = await admissionWorld({ reader });
  const change = { operation: 'UPDATE', oldObject: repository('oci://registry.test/charts') };
  const late = Array.from({ length: 20 }, () => world.review(repository('oci://registry.test/evil'), change));
  while (state.asked === 0) await new Promise((resolve) => setImmediate(resolve));
  world.timeIsUp();
  for (const { status } of await Promise.all(late)) expect(status.message).toContain('limit.deadline');
  const before = state.asked;
  expect(await reader.list(RELEASES, 'HelmRelease')).toHaveLength(10);
  expect(state.asked - before).toBeLessThanOrEqual(11);
});
