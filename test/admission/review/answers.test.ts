import { describe, expect, it } from 'vitest';
import type { ObjectReader } from '../../../src/admission/index.ts';
import type { State } from '../../../src/state/index.ts';
import { admissionWorld, ociRepository, pushApp } from '../support.ts';

const APP = 'oci://registry.test/charts/app';
const UNSIGNED = 'oci://registry.test/unsigned/app';

async function start(options: Parameters<typeof admissionWorld>[0] = {}) {
  const world = await admissionWorld(options);
  const { digest } = await pushApp(world.registry);
  await pushApp(world.registry, 'unsigned/app', false);
  return { world, digest };
}

function application(...charts: string[]) {
  const sources = charts.map((chart) => ({ repoURL: 'registry.test', chart, targetRevision: '1.2.3' }));
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'app', namespace: 'argocd' },
    spec: { sources },
  };
}

describe('a review', () => {
  it.each(['CREATE', 'UPDATE'])(
    'of a kind that names charts with no object in it is refused (%s)',
    async (operation) => {
      const { world } = await start();
      const oldObject = operation === 'UPDATE' ? ociRepository(APP) : null;
      const { apiVersion, kind } = ociRepository(APP);
      const [group, version] = apiVersion.split('/');
      for (const mode of ['validate', 'mutate']) {
        const more = { operation, oldObject, kind: { group, version, kind } };
        const { allowed, status } = await world.review(null, more, mode);
        expect([allowed, status?.message.includes('k8s.unreadable')]).toEqual([false, true]);
      }
    },
  );

  it('of a subresource that is not the status is judged', async () => {
    const { world } = await start();
    const body = (subResource: string) => world.review(ociRepository(UNSIGNED), { subResource });
    expect((await body('scale')).allowed).toBe(false);
    expect((await body('status')).allowed).toBe(true);
  });

  it('of an object that was of another kind judges all that it names now', async () => {
    const { world } = await start({ admission: { unresolved: 'allow' } });
    const native = {
      ...application(),
      spec: { source: { repoURL: UNSIGNED, path: '.', targetRevision: '1.2.3' } },
    };
    const change = { operation: 'UPDATE', oldObject: native };
    expect((await world.review(ociRepository(UNSIGNED), change)).allowed).toBe(false);
  });

  it('of an object that is made does not look at what is said to have been there', async () => {
    const { world } = await start();
    const unsigned = ociRepository(UNSIGNED);
    expect((await world.review(unsigned, { operation: 'CREATE', oldObject: unsigned })).allowed).toBe(false);
  });

  it('of one chart that is named in two ways judges it once, and says it once', async () => {
    // At the edge nothing else would keep the second from being asked for.
    const { world } = await start({ shared: false });
    const sources = ['1.2.3', '~1.2.0'].map((targetRevision) => ({
      repoURL: 'registry.test/unsigned',
      chart: 'app',
      targetRevision,
    }));
    const { status } = await world.review({ ...application(), spec: { sources } });
    expect(status.message.match(/oci:/g)).toHaveLength(1);
    expect(world.registry.count(/^GET .*manifests/)).toBe(1);
  });

  it('at the edge has one budget of requests for all its charts', async () => {
    const { world } = await start({ shared: false, config: { limits: { requests: 3 } } });
    await pushApp(world.registry, 'team/app');
    for (const charts of [['charts/app'], ['team/app']]) {
      expect((await world.review(application(...charts))).allowed).toBe(true);
    }
    // Lists of tags count too: a list, a manifest, a provenance.
    for (const [requests, passes] of [
      [3, true],
      [2, false],
    ] as const) {
      const listed = await start({ shared: false, config: { limits: { requests } } });
      const range = await listed.world.review(ociRepository(APP, { semver: '^1.0.0' }));
      expect([range.allowed, JSON.stringify(range).includes('limit.requests')]).toEqual([passes, !passes]);
    }
    const fresh = await start({ shared: false, config: { limits: { requests: 3 } } });
    await pushApp(fresh.world.registry, 'team/app');
    const { allowed, status } = await fresh.world.review(application('charts/app', 'team/app'));
    expect([allowed, status?.message.includes('limit.requests')]).toEqual([false, true]);
  });

  it('of a kind with a long name warns in 120 characters', async () => {
    const { world } = await start();
    const { allowed, warnings } = await world.review({ apiVersion: 'x.test/v1', kind: 'K'.repeat(253) });
    expect([allowed, warnings.length]).toEqual([true, 1]);
    expect(warnings[0].length).toBeLessThanOrEqual(120);
  });

  it('of a HelmRepository whose name is still to be made reads nothing, as nobody can refer to it', async () => {
    const asked: string[] = [];
    const reader: ObjectReader = {
      get: async ({ name }) => void asked.push(name),
      list: async (_, kind) => {
        asked.push(kind);
        return [];
      },
    };
    const { world } = await start({ reader });
    const object = {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmRepository',
      metadata: { generateName: 'charts-', namespace: 'default' },
      spec: { type: 'oci', url: 'oci://registry.test/charts' },
    };
    expect(await world.review(object, { name: '' })).toEqual({ uid: 'a-uid', allowed: true });
    expect(asked).toEqual([]);
  });

  it('shares no verdict with those who ask without being anybody', async () => {
    const { world } = await start({ config: { access: { verify: 'anyone' } } });
    expect((await world.review(ociRepository(APP))).allowed).toBe(true);
    const ask = async () => {
      const body = JSON.stringify({ reference: `${APP}:1.2.3` });
      const report = await (await world.fetch('/v1/verify', { method: 'POST', body })).json();
      return report as { verdict: string; stats: { cache: string } };
    };
    expect(await ask()).toMatchObject({ verdict: 'allow', stats: { cache: 'miss' } });
    expect(await ask()).toMatchObject({ verdict: 'allow', stats: { cache: 'hit' } });
  });

  it('that is a dry run is answered as the real one is, and nothing is written anywhere', async () => {
    const refuse = (): never => {
      throw new Error('a review wrote something');
    };
    const parts = new Proxy({}, { get: refuse });
    const { world } = await start({ state: { audit: parts, leases: parts } as unknown as State });
    const withoutIds = (response: unknown) => JSON.stringify(response).replaceAll(/01[0-9A-Z]{24}/g, 'ID');
    for (const mode of ['validate', 'mutate']) {
      for (const url of [APP, UNSIGNED]) {
        const dry = await world.review(ociRepository(url), { dryRun: true }, mode);
        const real = await world.review(ociRepository(url), { dryRun: false }, mode);
        expect(withoutIds(dry)).toBe(withoutIds(real));
        expect(dry.allowed).toBe(url === APP);
      }
    }
    // Registries are read, and never written to.
    expect(world.registry.count(/^(?:PUT|POST|PATCH|DELETE) /)).toBe(0);
  });
});

describe('a mutating review', () => {
  it('of several charts patches nothing when one of them is refused', async () => {
    const { world } = await start();
    const response = await world.review(application('charts/app', 'unsigned/app'), {}, 'mutate');
    expect([response.allowed, response.patch, response.patchType]).toEqual([false, undefined, undefined]);
  });

  it('takes the note of a chart away that is not named any more, though no other is new', async () => {
    const { world, digest } = await start();
    const note = (i: number) => `chartseal.dev/digest.spec.sources.${i}`;
    const value = (chart: string) => `${digest} oci://registry.test/${chart} 1.2.3`;
    const noted = (object: object, annotations: object) => ({
      ...object,
      metadata: { name: 'app', namespace: 'argocd', annotations },
    });
    const both = { [note(0)]: value('charts/app'), [note(1)]: value('charts/db'), 'x.test/mine': 'stays' };
    const oldObject = noted(application('charts/app', 'charts/db'), both);
    const change = { operation: 'UPDATE', oldObject };
    const unchanged = await world.review(noted(oldObject, both), change, 'mutate');
    expect(unchanged).toEqual({ uid: 'a-uid', allowed: true });
    const { allowed, patch } = await world.review(noted(application('charts/app'), both), change, 'mutate');
    expect(allowed).toBe(true);
    expect(JSON.parse(atob(patch))).toEqual([
      { op: 'remove', path: `/metadata/annotations/${note(1).replace('/', '~1')}` },
    ]);
    expect(world.registry.count(/charts\/db/)).toBe(0);
  });
});
