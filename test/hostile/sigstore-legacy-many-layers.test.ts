import { expect, it } from 'vitest';
import { all, box, bytes, texts } from '../sigstore/discovery/support.ts';
import { attachLegacy } from '../support/attach-signature.ts';

// The legacy tag is one manifest that everyone who may push can rewrite: thousands of layers cost a few requests, the
// newest are looked at, and that there are more is told.

const layer = (payload: string, signature: string) => ({
  bytes: bytes(payload),
  annotations: { 'dev.cosignproject.cosign/signature': signature },
});

it('thousands of payloads: the newest few are fetched', async () => {
  const { registry, place, search } = await box();
  const layers = Array.from({ length: 3000 }, (_, i) => layer(`junk ${i}`, `${i}`));
  await attachLegacy(place, 'sig', layers);
  const { found, failures } = await all(search());
  expect(texts(found)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((i) => `junk ${2999 - i}`));
  expect(failures).toMatchObject([{ code: 'evidence.limit', retryable: false }]);
  expect(failures[0]?.message).toContain('3000');
  expect(registry.count()).toBe(1 + 1 + 8 + 1);
});

it('thousands of signatures over one payload: one request, and a bounded number of them', async () => {
  const { registry, place, search } = await box();
  const layers = Array.from({ length: 3000 }, (_, i) => layer('payload', `${i}`));
  await attachLegacy(place, 'sig', layers);
  const { found, failures } = await all(search());
  expect(found).toHaveLength(50);
  expect(found[0]?.fetched).toMatchObject({
    value: { annotations: { 'dev.cosignproject.cosign/signature': '2999' } },
  });
  expect(failures).toMatchObject([{ code: 'evidence.limit', retryable: false }]);
  expect(registry.count(/blobs/)).toBe(1);
});

it('one payload under thousands of sizes is as many payloads', async () => {
  const { registry, place, search } = await box();
  await attachLegacy(place, 'sig', [layer('payload', 'x')], {
    mutate(manifest) {
      const [only] = manifest.layers as object[];
      manifest.layers = Array.from({ length: 3000 }, (_, i) => ({ ...only, size: i + 1 }));
    },
  });
  const { found, failures } = await all(search());
  expect(found).toHaveLength(8);
  expect(failures).toMatchObject([{ code: 'evidence.limit' }]);
  expect(registry.count(/blobs/)).toBe(8);
});

it('an old signature over a payload that others share is reached behind junk', async () => {
  const { place, search } = await box();
  const junk = Array.from({ length: 20 }, (_, i) => layer(`junk ${i}`, `${i}`));
  await attachLegacy(place, 'sig', [layer('payload', 'old'), ...junk, layer('payload', 'new')]);
  const { found, failures } = await all(search());
  const read = found.flatMap(({ fetched }) =>
    fetched.ok ? fetched.value.annotations['dev.cosignproject.cosign/signature'] : [],
  );
  expect([read[0], read.at(-1), read.length]).toEqual(['new', 'old', 9]);
  expect(failures).toMatchObject([{ code: 'evidence.limit' }]);
});

it('thousands of attestations of a kind nobody asked for cost nothing but a few to speak of', async () => {
  const { registry, place, search } = await box();
  const layers = Array.from({ length: 3000 }, (_, i) => ({
    bytes: bytes(`scan ${i}`),
    annotations: { predicateType: 'https://example.com/scan/v1' },
  }));
  await attachLegacy(place, 'att', layers);
  const { batches, failures } = await all(search());
  expect(batches.map(({ store, found }) => [store, found.length])).toEqual([['others', 4]]);
  expect(failures).toEqual([]);
  expect(registry.count()).toBe(1 + 1 + 1 + 4);
});
