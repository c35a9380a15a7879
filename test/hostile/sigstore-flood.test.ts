import { Verifier } from '@sigstore/verify';
import { afterEach, expect, test, vi } from 'vitest';
import { DIGEST, keylessTrust, keyTrust, layerItem, verdict, verify } from '../sigstore/support.ts';
import { createFakeSigstore, type FakeBundle } from '../support/sigstore/index.ts';

// A bundle with thousands of proofs would keep the verifier busy for minutes. Over a limit it is not looked into: the
// verdict is unknown, where there is no other signature, and nothing of it was verified.
const sigstore = createFakeSigstore();

afterEach(() => {
  vi.restoreAllMocks();
});

const many = (one: unknown, count: number) => Array.from({ length: count }, () => one);

// biome-ignore lint/suspicious/noExplicitAny: JSON
const floods: [what: string, change: (material: any, bundle: any) => void][] = [
  ['log entries', (material) => Object.assign(material, { tlogEntries: many(material.tlogEntries[0], 33) })],
  ['thousands of log entries', (material) => Object.assign(material, { tlogEntries: many({}, 5000) })],
  [
    'timestamps',
    ({ timestampVerificationData: data }) =>
      Object.assign(data, { rfc3161Timestamps: many(data.rfc3161Timestamps[0], 1000) }),
  ],
  [
    'hashes of a proof',
    ({ tlogEntries: [entry] }) => Object.assign(entry.inclusionProof, { hashes: many('AAAA', 65) }),
  ],
  [
    'characters of a checkpoint',
    ({ tlogEntries: [entry] }) => {
      entry.inclusionProof.checkpoint.envelope += 'x'.repeat(20_000);
    },
  ],
  [
    'certificates',
    (material) => Object.assign(material, { x509CertificateChain: { certificates: many({}, 5000) } }),
  ],
  ['signatures', (_, bundle) => Object.assign(bundle.dsseEnvelope, { signatures: many({}, 5000) })],
  ['bytes', (_, bundle) => Object.assign(bundle, { padding: 'x'.repeat(1024 * 1024) })],
];

test.each(floods)('too many %s: not looked into', async (_, change) => {
  const ask = vi.spyOn(Verifier.prototype, 'verify');
  const bundle: FakeBundle = sigstore.signKeyless({ digest: DIGEST });
  change(bundle.json.verificationMaterial, bundle.json);
  const trust = await keylessTrust(sigstore);
  expect(await verdict(bundle, trust)).toBe('unknown: evidence.limit');
  // Asking again does not help.
  expect((await verify(bundle, trust)).outcomes[0]?.retryable).toBe(false);
  expect(ask).not.toHaveBeenCalled();
});

test('a certificate or a timestamp that is too large is not parsed', async () => {
  const trust = await keylessTrust(sigstore);
  const large = Buffer.alloc(70_000).toString('base64');
  const certificate = sigstore.signKeyless({ digest: DIGEST });
  certificate.json.verificationMaterial.certificate.rawBytes = large;
  expect(await verdict(certificate, trust)).toBe('unknown: evidence.limit');
  const stamp = sigstore.signKeyless({ digest: DIGEST });
  stamp.json.verificationMaterial.timestampVerificationData.rfc3161Timestamps[0].signedTimestamp = large;
  const [outcome] = (await verify(stamp, trust)).outcomes;
  const [why] = outcome?.reasons ?? [];
  expect([why?.code, why?.message]).toEqual([
    'sigstore.timestamp_invalid',
    expect.stringContaining('more than 65536 bytes'),
  ]);
});

test('the same entry or timestamp again does not count twice, and does not hold', async () => {
  const entries = sigstore.signWithKey({ digest: DIGEST });
  entries.json.verificationMaterial.tlogEntries.push(entries.json.verificationMaterial.tlogEntries[0]);
  expect(await verdict(entries, await keyTrust(sigstore))).toBe('log_invalid');
  const stamps = sigstore.signWithKey({ digest: DIGEST });
  const { rfc3161Timestamps } = stamps.json.verificationMaterial.timestampVerificationData;
  rfc3161Timestamps.push(rfc3161Timestamps[0]);
  expect(await verdict(stamps, await keyTrust(sigstore))).toBe('timestamp_invalid');
});

test('layers have limits, too', async () => {
  const trust = await keyTrust(sigstore);
  const layer = sigstore.signLegacy({ digest: DIGEST });
  const bytes = new Uint8Array(1024 * 1024 + 1);
  for (const format of ['simple-signing', 'dsse'] as const) {
    expect(await verdict(layerItem(format, { ...layer, bytes }), trust)).toBe('unknown: evidence.limit');
  }
  for (const name of ['certificate', 'bundle', 'rfc3161timestamp']) {
    const annotations = { ...layer.annotations, [`dev.sigstore.cosign/${name}`]: 'x'.repeat(600_000) };
    expect(await verdict(layerItem('simple-signing', { ...layer, annotations }), trust)).toBe(
      'unknown: evidence.limit',
    );
  }
});
