import { describe, expect, it } from 'vitest';
import { fallbackTag } from '../../src/oci/index.ts';
import { OCI_INDEX } from '../oci/box.ts';
import { descriptorOf, OCI_MANIFEST, REF } from '../oci/support.ts';
import { all, box, bytes, texts } from '../sigstore/discovery/support.ts';
import { attachBundle, attachLegacy } from '../support/attach-signature.ts';

// GitLab leads the fallback tag to the chart itself (oras-go#1396), and anyone who may push can put any manifest there:
// only an index is a list of referrers, and whatever stands there does not hide the legacy signature.

const signed = async () => {
  const one = await box();
  one.registry.quirks.noReferrers = true;
  await attachLegacy(one.place, 'sig', [{ bytes: bytes('legacy') }]);
  return one;
};

it('the tag leads to the chart itself', async () => {
  const { registry, search } = await signed();
  registry.quirks.fallbackTagIsSubject = true;
  const { found, failures } = await all(search());
  expect([texts(found), failures]).toEqual([['legacy'], []]);
});

it('until there is an index', async () => {
  const { registry, place, search } = await signed();
  await attachBundle(place, bytes('bundle'), { fallback: 'bare' });
  registry.quirks.fallbackTagIsSubject = true;
  expect(texts((await all(search())).found)).toEqual(['bundle', 'legacy']);
});

describe('the tag names', () => {
  it('a bundle for this very chart: it stands in no list, so it is not read', async () => {
    const { registry, place, chart, search } = await signed();
    const digest = await attachBundle(place, bytes('bundle'));
    const manifest = registry.getManifest(REF.repository, digest)?.bytes ?? new Uint8Array();
    await registry.putManifest(REF.repository, fallbackTag(chart.digest), manifest, OCI_MANIFEST);
    expect(texts((await all(search())).found)).toEqual(['legacy']);
  });

  it.each([
    ['a plain manifest', { schemaVersion: 2, config: descriptorOf('{}'), layers: [] }, OCI_MANIFEST],
    ['a Docker list', { manifests: [] }, 'application/vnd.docker.distribution.manifest.list.v2+json'],
  ])('%s', async (_name, manifest, type) => {
    const { registry, chart, search } = await signed();
    await registry.putManifest(REF.repository, fallbackTag(chart.digest), manifest, type);
    const { found, failures } = await all(search());
    expect([texts(found), failures]).toEqual([['legacy'], []]);
  });

  it('a manifest that is sent as an index: that is told, and hides nothing', async () => {
    const { registry, chart, search } = await signed();
    const manifest = { schemaVersion: 2, config: descriptorOf('{}'), layers: [] };
    await registry.putManifest(REF.repository, fallbackTag(chart.digest), manifest, OCI_INDEX);
    const { found, failures } = await all(search());
    expect(texts(found)).toEqual(['legacy']);
    expect(failures).toMatchObject([{ code: 'registry.protocol', retryable: false }]);
  });
});
