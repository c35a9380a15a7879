import { describe, expect, it } from 'vitest';
import { OCI_INDEX } from '../../oci/box.ts';
import { digestOf } from '../../oci/support.ts';
import {
  attachBundle,
  attachExperimental,
  attachGithubAttestation,
  attachLegacy,
  BUNDLE_V03,
  DSSE,
  SLSA_PROVENANCE,
} from '../../support/attach-signature.ts';
import { all, box, bytes, get, tagOf, texts } from './support.ts';

const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';

describe('bundles among the referrers', () => {
  it('one costs two requests beside the list, and nothing more while it is enough', async () => {
    const { registry, chart, place, search, asked } = await box();
    const digest = await attachBundle(place, bytes('bundle'));
    const { value } = await search().next();
    expect(value).toEqual({
      store: 'referrers',
      found: [
        {
          source: { kind: 'referrer', digest },
          fetched: { ok: true, value: { format: 'bundle', bytes: bytes('bundle'), annotations: {} } },
        },
      ],
    });
    expect(asked()).toEqual([
      get('referrers', chart.digest),
      get('manifests', digest),
      get('blobs', digestOf('bundle')),
    ]);
    expect(registry.count()).toBe(3);
  });

  it('pulled to the end, the two legacy tags are asked for too', async () => {
    const { chart, place, search, asked } = await box();
    await attachBundle(place, bytes('bundle'));
    const { found, failures } = await all(search());
    expect([texts(found), failures]).toEqual([['bundle'], []]);
    expect(asked().slice(3)).toEqual([
      get('manifests', tagOf(chart.digest, 'sig')),
      get('manifests', tagOf(chart.digest, 'att')),
    ]);
  });

  it('by the fallback tag, whose entries say little', async () => {
    const { registry, place, search } = await box();
    registry.quirks.noReferrers = true;
    await attachBundle(place, bytes('one'), { fallback: 'bare' });
    await attachBundle(place, bytes('two'), { fallback: 'full' });
    const { batches, found } = await all(search());
    expect(texts(found)).toEqual(['two', 'one']);
    expect(batches.map((batch) => batch.found.length)).toEqual([1, 1]);
    expect(registry.count()).toBe(2 + 2 * 2 + 2);
  });

  it('where the registry tells the type of the config in place of the artifact type', async () => {
    const { registry, place, search } = await box();
    registry.quirks.configAsArtifactType = true;
    await attachBundle(place, bytes('announced'));
    await attachBundle(place, bytes('silent'), { predicateType: null });
    expect(texts((await all(search())).found)).toEqual(['announced', 'silent']);
  });

  it('on every page of the list', async () => {
    const { registry, place, search } = await box();
    registry.quirks.referrersPageSize = 2;
    for (const name of ['a', 'b', 'c', 'd', 'e']) await attachBundle(place, bytes(name));
    const { batches, found } = await all(search());
    expect(texts(found)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(batches.map((batch) => batch.found.length)).toEqual([1, 4]);
    expect(registry.count(/referrers/)).toBe(3);
  });

  it.each([
    'application/vnd.dev.sigstore.bundle+json;version=0.1',
    'application/vnd.dev.sigstore.bundle+json;version=0.2',
    'application/vnd.dev.sigstore.bundle+json;version=0.3',
    'application/vnd.dev.sigstore.bundle.v0.1+json',
    'application/vnd.dev.sigstore.bundle.v0.2+json',
    BUNDLE_V03,
  ])('of type %s', async (mediaType) => {
    const { place, search } = await box();
    await attachBundle(place, bytes('bundle'), { mediaType });
    await attachBundle(place, bytes('untyped'), { mediaType, artifactType: null, predicateType: null });
    const { found } = await all(search());
    expect(found.map(({ fetched }) => fetched.ok && fetched.value.format)).toEqual(['bundle', 'bundle']);
  });

  it.each(['bare', 'full'] as const)("GitHub's attestation, where it is asked for (%s)", async (fallback) => {
    const { registry, place, search } = await box();
    registry.quirks.noReferrers = true;
    await attachGithubAttestation(place, bytes('provenance'), { fallback });
    const { batches } = await all(search({ predicateTypes: [SLSA_PROVENANCE] }));
    expect(batches.map(({ store, found }) => [store, texts(found)])).toEqual([['referrers', ['provenance']]]);
  });

  it('what is something else is passed over without a word', async () => {
    const { place, search } = await box();
    const { digest: stray } = await place.registry.pushChart(place.repository, '9', {
      archive: new Uint8Array([9]),
    });
    await attachBundle(place, bytes('two layers'), {
      mutate: (manifest) => (manifest.layers = [manifest.layers, manifest.layers].flat()),
    });
    await attachBundle(place, bytes('no layer'), { mutate: (manifest) => (manifest.layers = []) });
    await attachBundle(place, bytes('{}'), { mediaType: 'application/json', artifactType: BUNDLE_V03 });
    await attachBundle(place, bytes('other'), {
      mutate: (manifest) => (manifest.subject = { ...(manifest.subject as object), digest: stray }),
    });
    expect(await all(search())).toEqual({ batches: [], found: [], failures: [] });
  });

  it('what announces something else is not even opened', async () => {
    const { registry, place, search } = await box();
    for (const artifactType of [
      'application/spdx+json',
      'application/vnd.cncf.helm.chart.provenance.v1.prov',
    ]) {
      await attachBundle(place, bytes(artifactType), { mediaType: artifactType, predicateType: null });
    }
    expect((await all(search())).batches).toEqual([]);
    expect(registry.count()).toBe(3);
  });
});

describe('cosign’s experimental layout', () => {
  it('is a referrer with the layers of a legacy signature', async () => {
    const { place, search } = await box();
    const annotations = { 'dev.cosignproject.cosign/signature': 'MEYC' };
    const digest = await attachExperimental(place, [
      { bytes: bytes('payload'), annotations },
      { bytes: bytes('other'), annotations },
    ]);
    const { batches } = await all(search());
    const item = (payload: string) => ({
      source: { kind: 'referrer', digest },
      fetched: { ok: true, value: { format: 'simple-signing', bytes: bytes(payload), annotations } },
    });
    expect(batches).toEqual([{ store: 'referrers', found: [item('payload'), item('other')] }]);
  });

  it('of attestations too, whatever number of layers', async () => {
    const { place, search } = await box();
    const layer = (name: string, predicateType: string) => ({
      mediaType: DSSE,
      bytes: bytes(name),
      annotations: { predicateType },
    });
    await attachExperimental(place, [layer('wanted', SLSA_PROVENANCE), layer('not', 'x')], {
      mutate: (manifest) => (manifest.artifactType = 'application/vnd.in-toto+json'),
    });
    const { batches } = await all(search({ predicateTypes: [SLSA_PROVENANCE] }));
    expect(batches.map(({ store, found }) => [store, texts(found)])).toEqual([
      ['referrers', ['wanted']],
      ['others', ['not']],
    ]);
  });
});

describe('legacy tags', () => {
  it('.sig: each layer is a signature; one payload is fetched once', async () => {
    const { registry, chart, place, search, asked } = await box();
    const layers = ['a', 'b', 'c', 'd', 'e'].map((signature) => ({
      bytes: bytes('payload'),
      annotations: { 'dev.cosignproject.cosign/signature': signature },
    }));
    const digest = await attachLegacy(place, 'sig', layers);
    const { batches, found, failures } = await all(search());
    expect(failures).toEqual([]);
    expect(batches.map((batch) => [batch.store, batch.found.length])).toEqual([
      ['sig-tag', 4],
      ['sig-tag', 1],
    ]);
    // cosign appends: the newest comes first.
    expect(found).toEqual(
      layers.toReversed().map(({ annotations }) => ({
        source: { kind: 'tag', digest },
        fetched: { ok: true, value: { format: 'simple-signing', bytes: bytes('payload'), annotations } },
      })),
    );
    expect(asked()).toEqual([
      get('referrers', chart.digest),
      get('manifests', tagOf(chart.digest, 'sig')),
      get('blobs', digestOf('payload')),
      get('manifests', tagOf(chart.digest, 'att')),
    ]);
    expect(registry.count()).toBe(4);
  });

  it('.att: envelopes with what they say to be', async () => {
    const { place, search } = await box();
    const annotations = { 'dev.cosignproject.cosign/signature': '', predicateType: SLSA_PROVENANCE };
    const digest = await attachLegacy(place, 'att', [
      { bytes: bytes('{"payload":1}'), annotations },
      { bytes: bytes('silent') },
      { bytes: bytes('unwanted'), annotations: { predicateType: 'https://example.com/scan/v1' } },
    ]);
    const { batches } = await all(search({ predicateTypes: [SLSA_PROVENANCE] }));
    expect(batches.map(({ store, found }) => [store, texts(found)])).toEqual([
      ['att-tag', ['silent', '{"payload":1}']],
      ['others', ['unwanted']],
    ]);
    expect(batches[0]?.found[1]).toEqual({
      source: { kind: 'tag', digest },
      fetched: { ok: true, value: { format: 'dsse', bytes: bytes('{"payload":1}'), annotations } },
    });
  });

  it('as Docker manifests (COSIGN_DOCKER_MEDIA_TYPES=1)', async () => {
    const { place, search } = await box();
    await attachLegacy(place, 'sig', [{ bytes: bytes('payload') }], { docker: true });
    expect(texts((await all(search())).found)).toEqual(['payload']);
  });

  it.each([
    ['an index', { manifests: [], config: undefined, layers: undefined, mediaType: OCI_INDEX }],
    ['a Docker list', { manifests: [], config: undefined, layers: undefined, mediaType: DOCKER_LIST }],
    ['other layers', { layers: [] }],
  ])('that name %s hold nothing', async (_name, change) => {
    const { place, search } = await box();
    await attachLegacy(place, 'sig', [{ bytes: bytes('x') }], {
      mutate: (manifest) => Object.assign(manifest, change),
    });
    expect((await all(search())).batches).toEqual([]);
  });

  it('.sig holds nothing but signatures, .att nothing but attestations', async () => {
    const { place, search } = await box();
    await attachLegacy(place, 'sig', [{ bytes: bytes('x'), mediaType: DSSE }]);
    await attachLegacy(place, 'att', [{ bytes: bytes('x'), mediaType: BUNDLE_V03 }]);
    expect((await all(search())).batches).toEqual([]);
  });

  it('.sig is not asked for where nobody wants cosign’s signature', async () => {
    const { chart, search, asked } = await box();
    await all(search({ predicateTypes: [SLSA_PROVENANCE] }));
    expect(asked()).toEqual([get('referrers', chart.digest), get('manifests', tagOf(chart.digest, 'att'))]);
  });
});
