import { describe, expect, it } from 'vitest';
import type { Descriptor } from '../../src/oci/index.ts';
import { fallbackTag } from '../../src/oci/index.ts';
import { OCI_INDEX } from '../oci/box.ts';
import { descriptorOf, OCI_MANIFEST, REF } from '../oci/support.ts';
import { all, type Box, box, bytes, texts } from '../sigstore/discovery/support.ts';
import { attachBundle, attachLegacy, BUNDLE_V03, COSIGN_SIGN } from '../support/attach-signature.ts';

// Whoever may push can attach any number of manifests to a chart. That may delay a verdict, but neither approve nor
// hang nor cost more than a few requests, and it does not hide the legacy signature.

const SIGNATURE: Partial<Descriptor> = {
  artifactType: BUNDLE_V03,
  annotations: { 'dev.sigstore.bundle.predicateType': COSIGN_SIGN },
};

/** A fallback index of so many entries. Manifests behind them are there if `real` makes them. */
async function junk({ registry, chart }: Box, entries: object[]): Promise<void> {
  registry.quirks.noReferrers = true;
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: entries };
  await registry.putManifest(REF.repository, fallbackTag(chart.digest), index);
}

const entries = (count: number, more: Partial<Descriptor>) =>
  Array.from({ length: count }, (_, i) => ({ ...descriptorOf(`junk ${i}`, OCI_MANIFEST), ...more }));

describe('thousands of entries', () => {
  it.each([
    ['that announce a signature', SIGNATURE],
    ['that say nothing', {}],
    ['that have the type of a bundle', { artifactType: BUNDLE_V03 }],
  ])('%s: a few are opened, and that there are more is told', async (_name, more) => {
    const one = await box();
    await junk(one, entries(3000, more));
    await attachLegacy(one.place, 'sig', [{ bytes: bytes('legacy') }]);
    const { found, failures } = await all(one.search());
    expect(texts(found)).toEqual([...new Array(16).fill('evidence.missing'), 'legacy']);
    expect(failures).toMatchObject([{ code: 'evidence.limit', retryable: false }]);
    expect(one.registry.count()).toBe(2 + 16 + 2 + 1);
  });

  it.each([
    ['another kind of artifact', { artifactType: 'application/spdx+json' }, 0],
    [
      'another kind of statement',
      { annotations: { 'dev.sigstore.bundle.predicateType': 'https://spdx.dev/Document' } },
      4,
    ],
  ])('that announce %s stand in nobody’s way', async (_name, more, opened) => {
    const one = await box();
    const { digest } = { digest: await attachBundle(one.place, bytes('signature')) };
    const real = { ...descriptorOf('', OCI_MANIFEST), ...SIGNATURE, digest };
    await junk(one, [...entries(900, more), real]);
    const { found, failures } = await all(one.search());
    expect([texts(found), failures]).toEqual([['signature'], []]);
    expect(one.registry.count()).toBe(2 + 2 + 2 + opened);
  });

  it('with a signature among the first 1000 that announces itself: it is found', async () => {
    const one = await box();
    const digest = await attachBundle(one.place, bytes('signature'));
    const real = { ...descriptorOf('', OCI_MANIFEST), ...SIGNATURE, digest };
    await junk(one, [...entries(900, { artifactType: BUNDLE_V03 }), real, ...entries(2000, {})]);
    const { value } = await one.search().next();
    expect(texts(value?.found ?? [])).toEqual(['signature']);
    expect(one.registry.count()).toBe(4);
  });
});

describe('manifests that really refer to the chart', () => {
  it('bundles of somebody: as many are read as allowed, the legacy tag after them', async () => {
    const one = await box();
    for (let i = 0; i < 40; i++) await attachBundle(one.place, bytes(`junk ${i}`));
    await attachLegacy(one.place, 'sig', [{ bytes: bytes('legacy') }]);
    const { found, failures, batches } = await all(one.search());
    expect(texts(found)).toEqual([...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `junk ${i}`), 'legacy']);
    expect(failures).toMatchObject([{ code: 'evidence.limit', retryable: false }]);
    expect(batches.map((batch) => batch.found.length)).toEqual([1, 4, 3, 0, 1]);
    // 9 manifests: the batch that reached the limit had opened one more.
    expect(one.registry.count()).toBe(1 + 9 + 8 + 2 + 1);
  });

  it('one with thousands of layers: it counts as as many signatures', async () => {
    const { registry, place, search } = await box({ limits: { manifestBytes: 4 * 1024 * 1024 } });
    const layer = (i: number) => ({
      ...descriptorOf(`${i}`, 'application/vnd.dev.cosign.simplesigning.v1+json'),
    });
    await attachBundle(place, bytes('junk'), {
      predicateType: null,
      mutate: (manifest) => (manifest.layers = Array.from({ length: 2500 }, (_, i) => layer(i))),
    });
    const { found, failures } = await all(search());
    expect(found).toHaveLength(8);
    expect(failures).toMatchObject([{ code: 'evidence.limit' }]);
    expect(registry.count()).toBe(1 + 1 + 8 + 2);
  });

  it('one with thousands of layers that announces another kind is read no further than explaining needs', async () => {
    const { registry, place, search } = await box();
    await attachBundle(place, bytes('junk'), {
      predicateType: 'https://example.com/scan/v1',
      mutate: (manifest) =>
        (manifest.layers = Array.from({ length: 2500 }, (_, i) =>
          descriptorOf(`${i}`, 'application/vnd.dsse.envelope.v1+json'),
        )),
    });
    expect(await all(search())).toEqual({
      batches: [{ store: 'others', found: [], unread: 1 }],
      found: [],
      failures: [],
    });
    expect(registry.count()).toBe(1 + 2 + 1 + 4);
  });

  it('bundles that are large are not fetched', async () => {
    const { registry, place, search } = await box();
    for (let i = 0; i < 3; i++) {
      await attachBundle(place, bytes(`junk ${i}`), {
        mutate: ({ layers }) => Object.assign((layers as object[])[0] ?? {}, { size: 2 ** 31 }),
      });
    }
    const { found } = await all(search());
    expect(texts(found)).toEqual(['evidence.limit', 'evidence.limit', 'evidence.limit']);
    expect(registry.count(/blobs/)).toBe(0);
  });
});
