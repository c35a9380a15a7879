import { expect, it } from 'vitest';
import { digestOf, OCI_MANIFEST, REF } from '../oci/support.ts';
import { all, box, bytes, texts } from '../sigstore/discovery/support.ts';
import { attachBundle, attachExperimental, enterFallback } from '../support/attach-signature.ts';

// The signature of another chart is entered into the list of this one: the manifest itself says whom it is for.

async function withStranger() {
  const one = await box();
  const { registry, place } = one;
  const other = await registry.pushChart(REF.repository, '2.0.0', { archive: new Uint8Array([2]) });
  registry.quirks.noReferrers = true;
  const theirs = { ...place, subject: other };
  const enter = (digest: string, more: object = {}) =>
    enterFallback(place, { mediaType: OCI_MANIFEST, size: 1, digest, ...more });
  return { ...one, other, theirs, enter };
}

it('a bundle and an experimental signature of another chart are passed over', async () => {
  const { registry, theirs, place, enter, search } = await withStranger();
  const annotations = { 'dev.sigstore.bundle.predicateType': 'https://sigstore.dev/cosign/sign/v1' };
  await enter(await attachBundle(theirs, bytes('stolen')), { annotations });
  await enter(await attachExperimental(theirs, [{ bytes: bytes('stolen too') }]));
  await attachBundle(place, bytes('own'), { fallback: 'bare' });
  const { found, failures } = await all(search());
  expect([texts(found), failures]).toEqual([['own'], []]);
  expect(registry.count(new RegExp(`blobs/${digestOf('stolen')}`))).toBe(0);
});

it.each([
  ['no subject', undefined],
  ['a subject of null', null],
  ['the digest of this chart in another algorithm', 'sha512'],
])('a manifest with %s is for nobody', async (_name, subject) => {
  const { place, search } = await withStranger();
  await attachBundle(place, bytes('bundle'), {
    fallback: 'bare',
    mutate(manifest) {
      if (subject === 'sha512')
        Object.assign(manifest.subject as object, { digest: `sha512:${'0'.repeat(128)}` });
      else manifest.subject = subject;
    },
  });
  const texted = texts((await all(search())).found);
  expect(texted).toEqual(subject === 'sha512' ? ['sigstore.malformed'] : []);
});

it('a manifest that names this chart twice over, under keys that readers may take differently, is not read', async () => {
  const { registry, other, chart, place, enter, search } = await withStranger();
  const good = await attachBundle(place, bytes('bundle'));
  const text = new TextDecoder().decode(registry.getManifest(REF.repository, good)?.bytes);
  const forged = text.replace('"subject":', `"Subject":{"digest":"${other.digest}"},"subject":`);
  expect(forged).toContain(chart.digest);
  await enter(await registry.putManifest(REF.repository, undefined, bytes(forged)));
  expect(texts((await all(search())).found)).toEqual(['sigstore.malformed']);
});
