import { expect, test } from 'vitest';
import { readTrustedRoot } from '../../src/sigstore/index.ts';
import { DIGEST, keylessTrust, layerItem, verdict } from '../sigstore/support.ts';
import { createFakeSigstore } from '../support/sigstore/index.ts';

// A certificate lives for ten minutes. Who comes by its key later can sign, but not at a time when it was valid.
const now = Date.parse('2026-11-23T12:00:00Z');
const sigstore = createFakeSigstore({ clock: () => now });
const MINUTE = 60_000;

test.each([
  ['v1', 11 * MINUTE],
  ['v2', 11 * MINUTE],
  ['none', 11 * MINUTE],
  ['v1', -MINUTE],
  ['v2', -MINUTE],
] as const)(
  'signed outside of its life it does not hold (log: %s, %s ms after its beginning)',
  async (rekor, after) => {
    const trust = await keylessTrust(sigstore, {
      transparencyLog: rekor === 'none' ? 'optional' : 'required',
    });
    const bundle = sigstore.signKeyless({
      digest: DIGEST,
      rekor,
      at: now,
      certificate: { notBefore: now - after },
    });
    expect(await verdict(bundle, trust)).toBe('certificate_expired');
  },
);

test('the first and the last second of its life count', async () => {
  const trust = await keylessTrust(sigstore);
  for (const notBefore of [now, now - 10 * MINUTE]) {
    const bundle = sigstore.signKeyless({ digest: DIGEST, at: now, certificate: { notBefore } });
    expect(await verdict(bundle, trust)).toBe('held');
  }
});

test('it must be valid at every time that is proven, not at one of them', async () => {
  const bundle = sigstore.signKeyless({ digest: DIGEST, rekor: 'v1', at: now });
  const stamp = sigstore.tsa.stamp(bundle.signature, now + 30 * MINUTE).toString('base64');
  bundle.json.verificationMaterial.timestampVerificationData.rfc3161Timestamps = [{ signedTimestamp: stamp }];
  expect(await verdict(bundle, await keylessTrust(sigstore))).toBe('certificate_expired');
});

test('a time that nobody vouches for is none', async () => {
  const trust = await keylessTrust(sigstore);
  // Rekor v2 gives no promise; what the entry says of time is the attacker's.
  const v2 = sigstore.signKeyless({ digest: DIGEST, timestamp: false });
  v2.json.verificationMaterial.tlogEntries[0].integratedTime = String(now / 1000);
  expect(await verdict(v2, trust)).toBe('timestamp_missing');
  const v1 = sigstore.signKeyless({ digest: DIGEST, rekor: 'v1' });
  delete v1.json.verificationMaterial.tlogEntries[0].inclusionPromise;
  expect(await verdict(v1, trust)).toBe('timestamp_missing');
  // With the promise, another time does not fit it.
  const late = sigstore.signKeyless({
    digest: DIGEST,
    rekor: 'v1',
    at: now + 60 * MINUTE,
    certificate: { notBefore: now },
  });
  late.json.verificationMaterial.tlogEntries[0].integratedTime = String(now / 1000);
  expect(await verdict(late, trust)).toBe('log_invalid');
});

test('a timestamp that was not made for this signature is no time of it', async () => {
  const trust = await keylessTrust(sigstore);
  const bundle = sigstore.signKeyless({ digest: DIGEST });
  const other = sigstore.tsa.stamp(Buffer.from('another signature'), now).toString('base64');
  bundle.json.verificationMaterial.timestampVerificationData.rfc3161Timestamps = [{ signedTimestamp: other }];
  expect(await verdict(bundle, trust)).toBe('timestamp_invalid');
  const foreign = createFakeSigstore({ clock: () => now });
  const stamp = foreign.tsa.stamp(bundle.signature, now, { withCertificate: true }).toString('base64');
  bundle.json.verificationMaterial.timestampVerificationData.rfc3161Timestamps = [{ signedTimestamp: stamp }];
  expect(await verdict(bundle, trust)).toBe('timestamp_invalid');
});

test('authorities and logs count only in the time for which the root trusts them', async () => {
  const day = 24 * 60 * MINUTE;
  const ended = { start: new Date(now - 20 * day).toISOString(), end: new Date(now - day).toISOString() };
  const bundle = sigstore.signKeyless({ digest: DIGEST });
  // biome-ignore lint/suspicious/noExplicitAny: JSON
  const ask = async (change: (root: any) => void) =>
    verdict(
      bundle,
      await keylessTrust(sigstore, { root: await readTrustedRoot(sigstore.trustedRoot(change)) }),
    );
  const end = (each: { validFor: object }) => Object.assign(each, { validFor: ended });
  expect(await ask((root) => end(root.certificateAuthorities[0]))).toBe('certificate_invalid');
  expect(await ask((root) => end(root.timestampAuthorities[0]))).toBe('timestamp_invalid');
  expect(await ask((root) => end(root.ctlogs[0].publicKey))).toBe('sct_invalid');
  expect(
    await ask((root) => root.tlogs.map((log: { publicKey: { validFor: object } }) => end(log.publicKey))),
  ).toBe('log_invalid');
});

test('an authority that ended between two proven times did not issue it for the later', async () => {
  const bundle = sigstore.signKeyless({ digest: DIGEST, rekor: 'v1', at: now });
  const stamp = sigstore.tsa.stamp(bundle.signature, now + 5 * MINUTE).toString('base64');
  bundle.json.verificationMaterial.timestampVerificationData.rfc3161Timestamps = [{ signedTimestamp: stamp }];
  const until = async (end: number) =>
    verdict(
      bundle,
      await keylessTrust(sigstore, {
        root: await readTrustedRoot(
          sigstore.trustedRoot((root) => {
            root.certificateAuthorities[0].validFor.end = new Date(end).toISOString();
          }),
        ),
      }),
    );
  expect(await until(now + 6 * MINUTE)).toBe('held');
  expect(await until(now + 4 * MINUTE)).toBe('certificate_invalid');
});

test('the same in the legacy format', async () => {
  const layer = sigstore.signLegacy({
    digest: DIGEST,
    keyless: true,
    at: now,
    certificate: { notBefore: now - 11 * MINUTE },
  });
  expect(await verdict(layerItem('simple-signing', layer), await keylessTrust(sigstore))).toBe(
    'certificate_expired',
  );
});
