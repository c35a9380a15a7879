import { describe, expect, it } from 'vitest';
import { findKind, type OciUse } from '../../../src/admission/kinds/index.ts';
import { annotationKey } from '../../../src/admission/pin-annotation.ts';
import { type PatchOperation, type PinOptions, pinPatch, willPin } from '../../../src/admission/pin-patch.ts';
import { readUses } from '../../../src/admission/read-uses.ts';
import { readUsesToPin } from '../../../src/admission/read-uses-to-pin.ts';
import { resolveReferences } from '../../../src/admission/resolve-references.ts';
import { cluster, DIGEST, HOST, type Json, object, outcome } from './support.ts';

const OTHER = DIGEST.replaceAll('d', 'e');
const URL = `oci://${HOST}/charts/app`;
const BOTH: PinOptions = { ranges: true, drift: true };

/** RFC 6902, as far as it is used. */
function apply(of: Json, operations: readonly PatchOperation[]): Json {
  const copy = structuredClone(of);
  for (const operation of operations) {
    const parts = operation.path
      .slice(1)
      .split('/')
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = parts.pop() ?? '';
    let at = copy as Record<string, unknown>;
    for (const part of parts) {
      const next = Object.hasOwn(at, part) ? at[part] : undefined;
      if (typeof next !== 'object' || next === null) throw new Error(`${operation.path}: no ${part}`);
      at = next as Record<string, unknown>;
    }
    if (operation.op === 'remove') {
      if (!Object.hasOwn(at, last)) throw new Error(`${operation.path}: nothing to remove`);
      delete at[last];
    } else at[last] = operation.value;
  }
  return copy;
}

/** What the mutating webhook would do, with every chart allowed under this digest. */
async function pinned(
  of: Json,
  options: PinOptions = {},
  digest = DIGEST,
  others: Json[] = [],
): Promise<Json> {
  const uses = await resolveReferences(readUsesToPin(of, undefined, of)?.uses ?? [], cluster(...others));
  const named = uses.filter((use): use is OciUse => use.state === 'oci');
  const pinnings = named.map((use) => ({ use, digest }));
  return apply(of, pinPatch(of, pinnings, options));
}

const annotations = (of: Json) => (of.metadata as Json).annotations;
const oci = (ref?: Json) =>
  object('source.toolkit.fluxcd.io/v1', 'OCIRepository', {
    url: URL,
    interval: '5m',
    ...(ref ? { ref } : {}),
  });
const release = (chart: Json) =>
  object('helm.m.crossplane.io/v1beta1', 'Release', { forProvider: { chart } });
const app = (spec: Json, more: Json = {}) => object('argoproj.io/v1alpha1', 'Application', spec, more);
const native = (targetRevision: string) => ({ repoURL: URL, path: '.', targetRevision });
const helm = (chart: string) => ({ repoURL: HOST, chart, targetRevision: '1.2.3' });

describe('a digest goes into the field that its kind has', () => {
  it.each<[string, Json, PinOptions, (of: Json) => unknown]>([
    ['OCIRepository with a tag', oci({ tag: '1.2.3' }), {}, (of) => (of.spec as Json).ref],
    ['OCIRepository without ref', oci(), {}, (of) => (of.spec as Json).ref],
  ])('%s', async (_what, of, options, ref) => {
    const after = await pinned(of, options);
    expect(ref(after)).toEqual({ ...(ref(of) as Json), digest: DIGEST });
    expect(await outcome(after)).toEqual([expect.stringMatching(/^digest charts\/app(:[\w.]+)?@DIGEST$/)]);
    // A second time nothing is left to do.
    expect(await pinned(after, options, OTHER)).toEqual(after);
  });

  it('Release of Crossplane', async () => {
    const after = await pinned(
      release({ repository: `oci://${HOST}/charts`, name: 'app', version: '1.2.3' }),
    );
    expect(after.spec).toMatchObject({ forProvider: { chart: { version: '1.2.3', digest: DIGEST } } });
    expect(await outcome(after)).toEqual(['digest charts/app:1.2.3@DIGEST']);
    expect(await pinned(after, {}, OTHER)).toEqual(after);
  });

  it('Application with a native source, on request only, as its keepers would set it back', async () => {
    const of = app({ sources: [native('1.2.3'), helm('db')] });
    const noted = await pinned(of);
    expect(noted.spec).toEqual(of.spec);
    const after = await pinned(of, { drift: true });
    expect(after.spec).toEqual({ sources: [native(DIGEST), helm('db')] });
    expect(await pinned(after, { drift: true }, OTHER)).toMatchObject({ spec: after.spec });
  });

  it('beside an annotation that says for which version it is', async () => {
    expect(annotations(await pinned(oci({ tag: '1.2.3' })))).toEqual({
      'chartseal.dev/digest.spec': `${DIGEST} ${URL} 1.2.3`,
    });
  });
});

describe('a digest is only written down where there is no field', () => {
  it.each<[string, Json, Json]>([
    [
      'Application, one annotation a chart',
      app({ sources: [helm('app'), helm('db')] }),
      {
        'chartseal.dev/digest.spec.sources.0': `${DIGEST} oci://${HOST}/app 1.2.3`,
        'chartseal.dev/digest.spec.sources.1': `${DIGEST} oci://${HOST}/db 1.2.3`,
      },
    ],
    [
      'ApplicationSet',
      object('argoproj.io/v1alpha1', 'ApplicationSet', { template: { spec: { source: native('1.2.3') } } }),
      { 'chartseal.dev/digest.spec.template.spec.source': `${DIGEST} ${URL} 1.2.3` },
    ],
    [
      'HelmChart of k3s',
      object('helm.cattle.io/v1', 'HelmChart', { chart: URL, version: '1.2.3' }),
      { 'chartseal.dev/digest.spec': `${DIGEST} ${URL} 1.2.3` },
    ],
  ])('%s', async (_what, of, expected) => {
    const after = await pinned(of);
    expect(annotations(after)).toEqual(expected);
    expect(after.spec).toEqual(of.spec);
    // A second time there is not even a patch.
    const uses = (readUses(after)?.uses ?? []).filter((use): use is OciUse => use.state === 'oci');
    const pinnings = uses.map((use) => ({ use, digest: DIGEST }));
    expect([uses.length > 0, pinPatch(after, pinnings)]).toEqual([true, []]);
  });

  it('a chart that another object names', async () => {
    const of = object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', {
      chartRef: { kind: 'OCIRepository', name: 'it' },
    });
    const after = await pinned(of, {}, DIGEST, [oci({ tag: '1.2.3' })]);
    expect(annotations(after)).toEqual({ 'chartseal.dev/digest.spec.chartRef': `${DIGEST} ${URL} 1.2.3` });
    expect(after.spec).toEqual(of.spec);
    expect(await pinned(after, {}, DIGEST, [oci({ tag: '1.2.3' })])).toEqual(after);
    // Nobody says any more what it was, but it may still be that.
    expect(pinPatch(after, [])).toEqual([]);
  });

  it('under a key that Kubernetes takes, however long the path', () => {
    const key = annotationKey(
      `/spec/generators/0/clusterDecisionResource/template/spec/sources/${'9'.repeat(20)}`,
    );
    expect(key).toMatch(/^chartseal\.dev\/[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/);
    expect(annotationKey('/a~1b/ü')).toMatch(
      /^chartseal\.dev\/[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
    );
  });
});

describe('what is left alone', () => {
  it.each<[string, Json, PinOptions]>([
    ['a range', oci({ semver: '^1' }), {}],
    ['no version at all', object('helm.cattle.io/v1', 'HelmChart', { chart: URL }), {}],
    ['a digest that somebody else wrote', oci({ tag: '1.2.3', digest: OTHER }), BOTH],
    [
      'an operation, which is gone when it is done',
      app({}, { operation: { sync: { source: native('1.2.3') } } }),
      BOTH,
    ],
    [
      'an operation that is under way, which the controller writes down itself',
      app(
        {},
        {
          operation: { sync: {} },
          status: {
            operationState: { phase: 'Running', operation: { sync: { source: native('1.2.3') } } },
          },
        },
      ),
      BOTH,
    ],
    ['a kind that names no chart', object('v1', 'Secret', {}), BOTH],
  ])('%s', async (_what, of, options) => {
    expect(await pinned(of, options)).toEqual(of);
  });

  it('a digest that is none', () => {
    const of = oci({ tag: '1.2.3' });
    const [use] = readUses(of)?.uses ?? [];
    expect(pinPatch(of, [{ use: use as OciUse, digest: 'sha256:12' }])).toEqual([]);
  });

  it('a range that may be one of two charts', () => {
    const of = oci({ semver: '^1' });
    const [use] = readUses(of)?.uses ?? [];
    const pinnings = [DIGEST, OTHER].map((digest) => ({ use: use as OciUse, digest }));
    expect(pinPatch(of, pinnings, { ranges: true })).toEqual([]);
  });

  it('a range on request is pinned', async () => {
    const after = await pinned(oci({ semver: '^1' }), { ranges: true });
    expect((after.spec as Json).ref).toEqual({ semver: '^1', digest: DIGEST });
  });
});

describe('a digest follows the version that it was for', () => {
  it('when somebody changes the version and leaves the digest', async () => {
    const after = await pinned(oci({ tag: '1.2.3' }));
    ((after.spec as Json).ref as Json).tag = '1.3.0';
    // A validating webhook sees what Flux would do: the digest, held to the version beside it.
    expect(await outcome(after)).toEqual(['digest charts/app:1.3.0@DIGEST']);
    const again = await pinned(after, {}, OTHER);
    expect((again.spec as Json).ref).toEqual({ tag: '1.3.0', digest: OTHER });
    expect(annotations(again)).toEqual({ 'chartseal.dev/digest.spec': `${OTHER} ${URL} 1.3.0` });
  });

  it('and is left alone where it is the same for the new version', async () => {
    const after = await pinned(oci({ tag: '1.2.3' }));
    ((after.spec as Json).ref as Json).tag = '1.3.0';
    const [use] = readUsesToPin(after, undefined, after)?.uses ?? [];
    const note = '/metadata/annotations/chartseal.dev~1digest.spec';
    expect(pinPatch(after, [{ use: use as OciUse, digest: DIGEST }])).toEqual([
      { op: 'add', path: note, value: `${DIGEST} ${URL} 1.3.0` },
    ]);
  });

  it('when somebody changes the repository', async () => {
    const after = await pinned(
      release({ repository: `oci://${HOST}/charts`, name: 'app', version: '1.2.3' }),
    );
    ((after.spec as Json).forProvider as { chart: Json }).chart.name = 'other';
    const again = await pinned(after, {}, OTHER);
    expect(again.spec).toMatchObject({ forProvider: { chart: { name: 'other', digest: OTHER } } });
  });

  it('but not when it is a digest of their own', async () => {
    const after = await pinned(oci({ tag: '1.2.3' }));
    ((after.spec as Json).ref as Json).digest = OTHER;
    expect((await pinned(after)).spec).toEqual(after.spec);
  });

  it('and what is written down of charts that are gone goes too', async () => {
    const after = await pinned(app({ sources: [helm('app'), helm('db')] }));
    (after.metadata as { annotations: Json }).annotations['example.com/mine'] = 'stays';
    after.spec = { sources: [helm('app')] };
    expect(annotations(await pinned(after))).toEqual({
      'chartseal.dev/digest.spec.sources.0': `${DIGEST} oci://${HOST}/app 1.2.3`,
      'example.com/mine': 'stays',
    });
    // So does what only looks like a note.
    const odd = structuredClone(after) as { metadata: { annotations: Json } } & Json;
    odd.metadata.annotations['chartseal.dev/digest.spec.sources.0'] = `sha256:12 oci://${HOST}/app 1.2.3`;
    expect(annotations(apply(odd, pinPatch(odd, [])))).toEqual({ 'example.com/mine': 'stays' });
    // Also when the new version was not allowed, so that there is no digest for it.
    after.spec = { sources: [{ ...helm('app'), targetRevision: '1.3.0' }] };
    expect(annotations(apply(after, pinPatch(after, [])))).toEqual({ 'example.com/mine': 'stays' });
  });
});

describe('whether the stored object will name a digest', () => {
  const use = (of: Json) => readUses(of)?.uses[0] as OciUse;
  it.each<[string, Json, PinOptions, boolean]>([
    ['a tag in OCIRepository', oci({ tag: '1.2.3' }), {}, true],
    ['a range', oci({ semver: '^1' }), {}, false],
    ['a range on request', oci({ semver: '^1' }), { ranges: true }, true],
    ['a digest', oci({ digest: OTHER }), {}, true],
    [
      'a kind without a field',
      object('helm.cattle.io/v1', 'HelmChart', { chart: URL, version: '1.0.0' }),
      BOTH,
      false,
    ],
    ['a kind that is set back', app({ source: native('1.2.3') }), {}, false],
    ['the same on request', app({ source: native('1.2.3') }), BOTH, true],
    ['a form without a field', app({ source: helm('app') }), BOTH, false],
  ])('%s', (_what, of, options, expected) => {
    const kind = findKind(String(of.apiVersion).split('/')[0] ?? '', String(of.kind))!;
    expect(willPin(kind, use(of), options)).toBe(expected);
  });
});
