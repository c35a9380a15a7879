import { describe, expect, it } from 'vitest';
import type { Quirks } from '../../src/memory-registry/index.ts';
import { digestOf, REF } from '../oci/support.ts';
import { all, box, bytes, texts } from '../sigstore/discovery/support.ts';
import { attachBundle, attachLegacy } from '../support/attach-signature.ts';

// A registry, or something before it, sends other bytes than the manifest names: they are never taken for the
// signature, and never hidden either, as what should have been there may be the one that counts.

const LIES: [string, (match: RegExp) => Quirks, string][] = [
  ['other bytes', (match) => ({ wrongBytes: match }), 'registry.digest_mismatch'],
  [
    'a longer answer',
    (match) => ({ status: { match, status: 200, body: 'x'.repeat(500) } }),
    'registry.digest_mismatch',
  ],
  ['a page instead', (match) => ({ status: { match, status: 200, body: '<html>' } }), 'registry.truncated'],
  ['bytes without end', (match) => ({ oversize: match }), 'registry.too_large'],
];

describe.each(LIES)('%s', (_name, lie, code) => {
  it.each([
    ['a bundle', attachBundle],
    [
      'a legacy payload',
      (place: Parameters<typeof attachLegacy>[0], payload: Uint8Array) =>
        attachLegacy(place, 'sig', [{ bytes: payload }]),
    ],
  ])('in place of %s', async (_what, attach) => {
    const { registry, place, search } = await box({ limits: { retries: 0 } });
    const digest = await attach(place, bytes('the real signature'));
    registry.quirks = lie(new RegExp(digestOf('the real signature')));
    const { found, failures } = await all(search());
    expect(failures).toEqual([]);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ source: { digest }, fetched: { ok: false, error: { code } } });
  });
});

it('a manifest that is another than the list says is not read', async () => {
  const { registry, place, search } = await box();
  const good = await attachBundle(place, bytes('good'));
  const forged = registry.getManifest(REF.repository, good)?.bytes ?? new Uint8Array();
  const digest = await attachBundle(place, bytes('replaced'));
  await registry.putManifest(REF.repository, digest, forged);
  const { found } = await all(search());
  expect(texts(found)).toEqual(['good', 'registry.digest_mismatch']);
});

it('a descriptor that says another size than the blob has is not believed', async () => {
  const { place, search } = await box();
  for (const size of [1, 1000]) {
    await attachBundle(place, bytes('bundle'), {
      mutate: ({ layers }) => Object.assign((layers as object[])[0] ?? {}, { size }),
    });
  }
  const { found } = await all(search({ limits: { bundleBytes: 2000 } }));
  expect(texts(found).sort()).toEqual(['registry.digest_mismatch', 'registry.digest_mismatch']);
});
