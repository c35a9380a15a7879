import { describe, expect, it } from 'vitest';
import type { Descriptor } from '../../../src/oci/index.ts';
import { rankReferrers } from '../../../src/sigstore/discovery/rank-referrers.ts';
import { descriptorOf, OCI_MANIFEST } from '../../oci/support.ts';
import {
  attachBundle,
  attachExperimental,
  attachLegacy,
  BUNDLE_V03,
  COSIGN_EXPERIMENTAL,
  COSIGN_SIGN,
  SLSA_PROVENANCE,
} from '../../support/attach-signature.ts';
import { all, box, bytes, texts } from './support.ts';

const SCAN = 'https://example.com/scan/v1';

const entry = (name: string, more: Partial<Descriptor>): Descriptor => ({
  ...descriptorOf(name, OCI_MANIFEST),
  ...more,
});
const announcing = (predicateType: string) => ({
  annotations: { 'dev.sigstore.bundle.predicateType': predicateType },
});

describe('referrers are opened in the order of what they announce', () => {
  const entries = [
    entry('in-toto', { artifactType: 'application/vnd.in-toto+json' }),
    entry('experimental', { artifactType: COSIGN_EXPERIMENTAL }),
    entry('sbom', { artifactType: 'application/spdx+json' }),
    entry('silent', {}),
    entry('empty', { artifactType: 'application/vnd.oci.empty.v1+json' }),
    entry('bundle', { artifactType: BUNDLE_V03 }),
    entry('old bundle', { artifactType: 'application/vnd.dev.sigstore.bundle+json;version=0.1' }),
    entry('scan', { artifactType: BUNDLE_V03, ...announcing(SCAN) }),
    entry('slsa', { artifactType: BUNDLE_V03, ...announcing(SLSA_PROVENANCE) }),
    entry('blank', { artifactType: BUNDLE_V03, ...announcing('') }),
    entry('sign', { artifactType: BUNDLE_V03, ...announcing(COSIGN_SIGN) }),
    entry('sign, untyped', announcing(COSIGN_SIGN)),
  ];
  const names = (list: Descriptor[]) => {
    const known = new Map(
      [
        'in-toto',
        'experimental',
        'sbom',
        'silent',
        'empty',
        'bundle',
        'old bundle',
        'scan',
        'slsa',
        'blank',
        'sign',
        'sign, untyped',
      ].map((name) => [descriptorOf(name).digest, name]),
    );
    return list.map(({ digest }) => known.get(digest));
  };

  it('for cosign’s signature', () => {
    const { candidates, others } = rankReferrers(entries, new Set([COSIGN_SIGN]));
    expect(names(candidates)).toEqual([
      'sign',
      'sign, untyped',
      'bundle',
      'old bundle',
      'blank',
      'silent',
      'empty',
      'experimental',
      'in-toto',
    ]);
    expect(names(others)).toEqual(['scan', 'slsa']);
  });

  it('for other predicate types, wanted beside it or instead of it', () => {
    const beside = rankReferrers(entries, new Set([SLSA_PROVENANCE, COSIGN_SIGN]));
    expect(names(beside.candidates).slice(0, 4)).toEqual(['sign', 'sign, untyped', 'slsa', 'bundle']);
    expect(names(beside.others)).toEqual(['scan']);
    const instead = rankReferrers(entries, new Set([SLSA_PROVENANCE]));
    expect(names(instead.candidates).slice(0, 2)).toEqual(['slsa', 'bundle']);
    expect(names(instead.others)).toEqual(['experimental', 'scan', 'sign', 'sign, untyped']);
  });
});

describe('the stores are read in the order of their cost', () => {
  it('and none hides another', async () => {
    const { place, search } = await box();
    await attachLegacy(place, 'att', [{ bytes: bytes('legacy attestation') }]);
    await attachLegacy(place, 'sig', [{ bytes: bytes('legacy signature') }]);
    await attachExperimental(place, [{ bytes: bytes('experimental') }]);
    await attachBundle(place, bytes('attestation'), { predicateType: SCAN });
    await attachBundle(place, bytes('signature'));
    const { batches, failures } = await all(search());
    expect(failures).toEqual([]);
    expect(batches.map(({ store, found }) => [store, texts(found)])).toEqual([
      ['referrers', ['signature']],
      ['referrers', ['experimental']],
      ['sig-tag', ['legacy signature']],
      ['att-tag', ['legacy attestation']],
      ['others', ['attestation']],
    ]);
  });

  it('those beyond the first page are marked, as cosign does not see them', async () => {
    const { registry, place, search } = await box();
    registry.quirks.referrersPageSize = 2;
    for (const name of ['a', 'b', 'c']) await attachBundle(place, bytes(name));
    const { found } = await all(search());
    expect(texts(found)).toEqual(['a', 'b', 'c']);
    expect(found.map(({ cosignReads }) => cosignReads)).toEqual([undefined, undefined, false]);
  });

  it('what is not pulled is not asked for', async () => {
    const { registry, place, search } = await box();
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await attachBundle(place, bytes(name));
    await attachLegacy(place, 'sig', [{ bytes: bytes('legacy') }]);
    const counts: number[] = [];
    for await (const { store } of search()) {
      counts.push(registry.count());
      if (store === 'sig-tag') break;
    }
    expect(counts).toEqual([1 + 2, 1 + 2 + 4 * 2, 1 + 2 + 4 * 2 + 2, 1 + 6 * 2 + 2]);
    expect(registry.count(/\.att$/)).toBe(0);
  });

  it('attestations of other kinds come last, a few of them, and never stand for a failure', async () => {
    const { registry, place, search } = await box();
    for (const name of ['1', '2', '3', '4', '5', '6']) {
      await attachBundle(place, bytes(name), { predicateType: SCAN });
    }
    registry.quirks.status = { match: /blobs/, status: 404, times: 1 };
    const { batches, failures } = await all(search());
    expect(failures).toEqual([]);
    expect(batches).toHaveLength(1);
    expect(batches[0]?.store).toBe('others');
    expect(batches[0]?.found).toHaveLength(3);
    expect(batches[0]?.unread).toBe(3);
    expect(registry.count()).toBe(1 + 2 + 4 * 2);
  });

  it('one that says only in its manifest that it is of another kind is set aside unread', async () => {
    const { registry, place, search, asked } = await box();
    registry.quirks.noReferrers = true;
    await attachBundle(place, bytes('scan'), { predicateType: SCAN, fallback: 'bare' });
    await attachBundle(place, bytes('signature'), { fallback: 'bare' });
    const { batches } = await all(search());
    expect(batches.map(({ store, found }) => [store, texts(found)])).toEqual([
      ['referrers', ['signature']],
      ['others', ['scan']],
    ]);
    expect(asked().findIndex((line) => line.includes('.att'))).toBeLessThan(
      asked().findLastIndex((line) => line.includes('/blobs/')),
    );
  });
});
