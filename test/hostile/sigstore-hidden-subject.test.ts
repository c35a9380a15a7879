import { expect, test } from 'vitest';
import { DIGEST, keyTrust, OTHER_DIGEST, verdict } from '../sigstore/support.ts';
import { createFakeSigstore } from '../support/sigstore/index.ts';

// A statement may speak of many things. All subjects are looked at: the right one counts wherever it stands, and no
// number of others makes up for it.
const sigstore = createFakeSigstore();
const hexOf = (digest: string) => digest.slice('sha256:'.length);
const others = Array.from({ length: 500 }, (_, i) => ({
  name: `other-${i}`,
  digest: { sha256: i.toString(16).padStart(64, '0') },
}));

test.each([0, 250, 500])('the right subject counts among 500 others, at place %s', async (place) => {
  const subjects = others.toSpliced(place, 0, { name: 'app', digest: { sha256: hexOf(DIGEST) } });
  expect(await verdict(sigstore.signWithKey({ digest: DIGEST, subjects }), await keyTrust(sigstore))).toBe(
    'held',
  );
});

test('500 others, among them its name, its beginning and other digests of it, do not count', async () => {
  const near = [
    { name: DIGEST, digest: { sha256: hexOf(OTHER_DIGEST) } },
    { digest: { sha256: hexOf(DIGEST).slice(0, 63) } },
    { digest: { sha512: hexOf(DIGEST) } },
  ];
  const bundle = sigstore.signWithKey({ digest: DIGEST, subjects: [...others, ...near] });
  expect(await verdict(bundle, await keyTrust(sigstore))).toBe('subject_mismatch');
});

test('subjects that are no subjects do not hide it and are not it', async () => {
  const trust = await keyTrust(sigstore);
  const odd = [null, 'text', 7, [], { digest: null }, { digest: [] }, { digest: { sha256: 7 } }] as never[];
  const subjects = [...odd, { digest: { sha256: hexOf(DIGEST) } }];
  expect(await verdict(sigstore.signWithKey({ digest: DIGEST, subjects }), trust)).toBe('held');
  expect(await verdict(sigstore.signWithKey({ digest: DIGEST, subjects: odd }), trust)).toBe(
    'subject_mismatch',
  );
  expect(await verdict(sigstore.signWithKey({ digest: DIGEST, subjects: [] }), trust)).toBe('statement');
});
