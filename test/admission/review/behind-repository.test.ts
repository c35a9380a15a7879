import { describe, expect, it } from 'vitest';
import type { ObjectReader, ObjectRef } from '../../../src/admission/index.ts';
import { ChartsealError } from '../../../src/base/error.ts';
import { admissionWorld, pushApp } from '../support.ts';

// A HelmRepository names no chart, but its url and type say where the charts of others are.

const SOURCES = 'source.toolkit.fluxcd.io';

function helmRepository(url: string, more: object = {}, name = 'charts') {
  return {
    apiVersion: `${SOURCES}/v1`,
    kind: 'HelmRepository',
    metadata: { name, namespace: 'default' },
    spec: { type: 'oci', url, interval: '5m', ...more },
  };
}

function helmRelease(name: string, version = '1.2.3', source: object = {}) {
  const sourceRef = { kind: 'HelmRepository', name: 'charts', namespace: 'default', ...source };
  return {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name, namespace: 'apps' },
    spec: { chart: { spec: { chart: 'app', version, sourceRef } } },
  };
}

const OLD = helmRepository('oci://registry.test/charts');

/** A cluster with these objects in it, which counts what is read. */
function cluster(...objects: object[]) {
  const asked: string[] = [];
  const of = (object: object) => object as { kind: string; metadata: { name: string; namespace: string } };
  const reader: ObjectReader = {
    async get({ kind, name, namespace }: ObjectRef) {
      asked.push(`get ${kind} ${namespace}/${name}`);
      return objects.find((object) => {
        const { kind: found, metadata } = of(object);
        return found === kind && metadata.name === name && metadata.namespace === namespace;
      });
    },
    async list(_group, kind, namespace) {
      asked.push(`list ${kind} ${namespace ?? '*'}`);
      return objects.filter(
        (object) =>
          of(object).kind === kind &&
          (namespace === undefined || of(object).metadata.namespace === namespace),
      );
    },
  };
  return { reader, asked };
}

async function start(objects: object[] | undefined, admission: object = {}) {
  const { reader, asked } = cluster(...(objects ?? []));
  const world = await admissionWorld({ admission, ...(objects === undefined ? {} : { reader }) });
  await pushApp(world.registry);
  await pushApp(world.registry, 'evil/app', false);
  return { world, asked };
}

const update = (oldObject: object) => ({ operation: 'UPDATE', oldObject, name: 'charts' });

describe('a HelmRepository that moves', () => {
  const moved = helmRepository('oci://registry.test/evil');

  it('moves every chart behind it, and all of them are judged where they will be', async () => {
    const { world } = await start([OLD, helmRelease('a'), helmRelease('b')]);
    const response = await world.review(moved, update(OLD));
    expect(response.allowed).toBe(false);
    expect(response.status.message).toMatch(
      /^HelmRelease apps\/a: oci:\/\/registry\.test\/evil\/app:1\.2\.3 is not signed by release/,
    );
    const back = await world.review(OLD, update(moved));
    expect([back.allowed, back.auditAnnotations.verdict]).toEqual([true, 'allow']);
  });

  it.each([
    ['another type', { type: 'default' }],
    ['no type', { type: undefined }],
  ])('to %s makes charts of it that cannot be verified', async (_, spec) => {
    const { world } = await start([OLD, helmRelease('a')]);
    const response = await world.review(helmRepository('oci://registry.test/charts', spec), update(OLD));
    expect([response.allowed, /k8s\.\w+/.exec(response.status.message)?.[0]]).toEqual([
      false,
      'k8s.unreadable',
    ]);
  });

  it('without anything behind it may go where it likes', async () => {
    const others = [
      helmRelease('elsewhere', '1.2.3', { namespace: 'other' }),
      helmRelease('another', '1.2.3', { name: 'another' }),
      helmRelease('git', '1.2.3', { kind: 'GitRepository' }),
    ];
    const { world } = await start([OLD, ...others]);
    expect(await world.review(moved, update(OLD))).toEqual({ uid: 'a-uid', allowed: true });
    expect(world.registry.requests).toEqual([]);
  });

  it('and stays where it is costs nothing', async () => {
    const { world, asked } = await start([OLD, helmRelease('a')]);
    const later = helmRepository('oci://registry.test/charts', { interval: '1h' });
    expect(await world.review(later, update(OLD))).toEqual({ uid: 'a-uid', allowed: true });
    expect([asked, world.registry.requests]).toEqual([[], []]);
  });

  it('is known by the name beside the object where it has none itself', async () => {
    const { world } = await start([helmRelease('a')]);
    const { metadata, ...rest } = moved;
    const nameless = { ...rest, metadata: { namespace: metadata.namespace } };
    expect((await world.review(nameless, { name: 'charts' })).allowed).toBe(false);
  });

  it('is not held up by what else its releases name', async () => {
    const both = helmRelease('a');
    const chartRef = { kind: 'ExternalArtifact', name: 'x' };
    const { world } = await start([moved, { ...both, spec: { ...both.spec, chartRef } }]);
    expect((await world.review(OLD, update(moved))).allowed).toBe(true);
  });

  it('is read for the charts that wait for it when it is made', async () => {
    const { world } = await start([helmRelease('a')]);
    expect((await world.review(moved, { name: 'charts' })).allowed).toBe(false);
    expect((await world.review(OLD, { name: 'charts' })).allowed).toBe(true);
  });

  it('judges the same chart once, and not more charts than a review may have', async () => {
    const many = Array.from({ length: 120 }, (_, i) => helmRelease(`r${i}`, `1.0.${i % 60}`));
    const { world } = await start([OLD, ...many]);
    const response = await world.review(moved, update(OLD));
    expect(response.status.message).toContain('limit.charts');
    expect(world.registry.requests).toEqual([]);
    const same = Array.from({ length: 120 }, (_, i) => helmRelease(`r${i}`));
    const other = await start([OLD, ...same]);
    other.world.registry.reset();
    expect((await other.world.review(moved, update(OLD))).allowed).toBe(false);
    expect(other.world.registry.count(/manifests/)).toBe(1);
  });

  it('where nobody can be asked follows admission.unresolved, but may be made and deleted', async () => {
    const { world } = await start(undefined);
    const response = await world.review(moved, update(OLD));
    expect([response.allowed, response.status.message.includes('k8s.unresolved_reference')]).toEqual([
      false,
      true,
    ]);
    expect((await world.review(moved)).allowed).toBe(true);
    expect((await world.review(null, { operation: 'DELETE', oldObject: OLD })).allowed).toBe(true);
    const lenient = await start(undefined, { unresolved: 'allow' });
    expect((await lenient.world.review(moved, update(OLD))).allowed).toBe(true);
  });

  it('is inconclusive when the API server cannot be asked', async () => {
    const reader: ObjectReader = {
      get: () => Promise.reject(new ChartsealError('k8s.unavailable', 'API server: no', { retryable: true })),
      list: () =>
        Promise.reject(new ChartsealError('k8s.unavailable', 'API server: no', { retryable: true })),
    };
    const world = await admissionWorld({ reader });
    for (const [object, more] of [
      [moved, update(OLD)],
      [helmRelease('a'), {}],
    ] as const) {
      const response = await world.review(object, more);
      expect([response.allowed, response.auditAnnotations.verdict]).toEqual([false, 'inconclusive']);
      expect(response.status.message).toContain('k8s.unavailable');
    }
  });

  it('is waited for no longer than there is time', async () => {
    const never = () => new Promise<never>(() => {});
    const world = await admissionWorld({ reader: { get: never, list: never } });
    for (const [object, more] of [
      [moved, update(OLD)],
      [helmRelease('a'), {}],
    ] as const) {
      const pending = world.review(object, more);
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      world.timeIsUp();
      expect((await pending).status.message).toContain('limit.deadline');
    }
  });
});

describe('a HelmRelease', () => {
  it('is judged by the repository that it names', async () => {
    const { world, asked } = await start([OLD, helmRepository('oci://registry.test/evil', {}, 'evil')]);
    const good = await world.review(helmRelease('a'));
    expect([good.allowed, good.auditAnnotations.verdict]).toEqual([true, 'allow']);
    expect(asked).toEqual(['get HelmRepository default/charts']);
    expect((await world.review(helmRelease('a', '1.2.3', { name: 'evil' }))).allowed).toBe(false);
    expect((await world.review(helmRelease('a', '1.2.3', { name: 'absent' }))).status.message).toContain(
      'k8s.unresolved_reference',
    );
  });

  it('pinned by an annotation, as it has no field for a digest', async () => {
    const { world } = await start([OLD]);
    const response = await world.review(helmRelease('a'), {}, 'mutate');
    const [operation] = JSON.parse(atob(response.patch));
    expect(operation.path).toMatch(/^\/metadata\/annotations/);
    expect(JSON.stringify(operation.value)).toContain(response.auditAnnotations.digest);
  });
});
