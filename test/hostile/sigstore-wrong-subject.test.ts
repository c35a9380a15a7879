import { expect, test } from 'vitest';
import { DIGEST, keylessTrust, keyTrust, layerItem, OTHER_DIGEST, verdict } from '../sigstore/support.ts';
import { createFakeSigstore } from '../support/sigstore/index.ts';

// A good signature of another manifest says nothing of this one.
const sigstore = createFakeSigstore();

test('a signature of another manifest does not hold, in any format', async () => {
  const digest = OTHER_DIGEST;
  const keyless = await keylessTrust(sigstore);
  const key = await keyTrust(sigstore);
  expect(await verdict(sigstore.signKeyless({ digest }), keyless)).toBe('subject_mismatch');
  expect(await verdict(sigstore.signWithKey({ digest, rekor: 'v1' }), key)).toBe('subject_mismatch');
  expect(await verdict(layerItem('simple-signing', sigstore.signLegacy({ digest })), key)).toBe(
    'subject_mismatch',
  );
  expect(await verdict(layerItem('dsse', sigstore.attestLegacy({ digest })), key)).toBe('subject_mismatch');
});

test('a digest that is almost the right one does not hold', async () => {
  const key = await keyTrust(sigstore);
  const hex = DIGEST.slice('sha256:'.length);
  const wrong = [
    { sha256: hex.toUpperCase() },
    { sha256: ` ${hex}` },
    { sha256: hex.slice(0, -1) },
    { sha256: `sha256:${hex}` },
    { sha512: hex },
    { sha1: hex },
    { SHA256: hex },
    {},
  ];
  for (const digest of wrong) {
    const bundle = sigstore.signWithKey({ digest: DIGEST, subjects: [{ digest: digest as never }] });
    expect(await verdict(bundle, key)).toBe('subject_mismatch');
  }
  for (const digest of [hex, `sha512:${hex}`, `SHA256:${hex}`, `sha256:${hex} `]) {
    expect(await verdict(layerItem('simple-signing', sigstore.signLegacy({ digest })), key)).toBe(
      'subject_mismatch',
    );
  }
});

test('a digest that stands elsewhere in what was signed does not hold', async () => {
  const key = await keyTrust(sigstore);
  const [, sha256] = DIGEST.split(':');
  const aside = sigstore.signWithKey({
    digest: OTHER_DIGEST,
    predicate: { subject: [{ digest: { sha256 } }] },
    annotations: { sha256: sha256! },
  });
  expect(await verdict(aside, key)).toBe('subject_mismatch');
  const named = sigstore.signWithKey({ digest: DIGEST, subjects: [{ name: DIGEST, digest: {} }] });
  expect(await verdict(named, key)).toBe('subject_mismatch');
  const payload = JSON.stringify({
    critical: { identity: { 'docker-reference': DIGEST }, image: { 'Docker-manifest-digest': DIGEST } },
    optional: { 'docker-manifest-digest': DIGEST },
  });
  const legacy = sigstore.signLegacy({ digest: DIGEST, payload });
  expect(await verdict(layerItem('simple-signing', legacy), key)).toBe('statement');
});
