import { expect, test } from 'vitest';
import { DIGEST, keylessTrust, keyTrust, layerItem, OTHER_DIGEST, verdict } from '../sigstore/support.ts';
import { createFakeKey, createFakeSigstore, type LoggedSignature } from '../support/sigstore/index.ts';

// A log entry proves that something was logged. It must be this signature, by this key, of this digest: the log takes
// whatever it is sent, and an entry that was made in time for another would hide that this one was never logged.
const sigstore = createFakeSigstore();

test.each(['v1', 'v2'] as const)(
  'the entry of another bundle of the same signer (Rekor %s)',
  async (rekor) => {
    for (const digest of [DIGEST, OTHER_DIGEST]) {
      const bundle = sigstore.signWithKey({ digest: DIGEST, rekor });
      const other = sigstore.signWithKey({ digest, rekor });
      bundle.json.verificationMaterial.tlogEntries = other.json.verificationMaterial.tlogEntries;
      expect(await verdict(bundle, await keyTrust(sigstore))).toBe('log_mismatch');
    }
  },
);

test.each(['v1', 'v2'] as const)(
  'an entry that names another key or certificate (Rekor %s)',
  async (rekor) => {
    const stranger = createFakeKey();
    const strangerCertificate = sigstore.issue({ publicKey: stranger.spki });
    const verifiers: LoggedSignature['verifier'][] = [
      { key: stranger },
      { certificate: strangerCertificate.der },
    ];
    for (const verifier of verifiers) {
      const byKey = sigstore.signWithKey({ digest: DIGEST, rekor, logged: { verifier } });
      expect(await verdict(byKey, await keyTrust(sigstore))).toBe('log_mismatch');
      const keyless = sigstore.signKeyless({ digest: DIGEST, rekor, logged: { verifier } });
      expect(await verdict(keyless, await keylessTrust(sigstore))).toBe('log_mismatch');
    }
  },
);

test('an entry that names the key of the certificate, but another certificate for it', async () => {
  const ephemeralKey = createFakeKey();
  const { der } = sigstore.issue({ publicKey: ephemeralKey.spki, identity: 'mallory@evil.example' });
  const logged = { verifier: { certificate: der } };
  const bundle = sigstore.signKeyless({ digest: DIGEST, ephemeralKey, logged });
  expect(await verdict(bundle, await keylessTrust(sigstore))).toBe('log_mismatch');
});

test.each(['v1', 'v2'] as const)('an entry of another signature or digest (Rekor %s)', async (rekor) => {
  const trust = await keyTrust(sigstore);
  const signature = sigstore.key.sign(Buffer.from('something else'));
  expect(await verdict(sigstore.signWithKey({ digest: DIGEST, rekor, logged: { signature } }), trust)).toBe(
    'log_mismatch',
  );
  const content = { kind: 'message' as const, digest: Buffer.alloc(32, 7) };
  expect(await verdict(sigstore.signWithKey({ digest: DIGEST, rekor, logged: { content } }), trust)).toBe(
    'log_mismatch',
  );
});

test('in the legacy format', async () => {
  const trust = await keyTrust(sigstore);
  const entry = 'dev.sigstore.cosign/bundle';
  const layer = sigstore.signLegacy({ digest: DIGEST });
  const other = sigstore.signLegacy({ digest: DIGEST });
  const swapped = { ...layer, annotations: { ...layer.annotations, [entry]: other.annotations[entry]! } };
  expect(await verdict(layerItem('simple-signing', swapped), trust)).toBe('log_mismatch');
  const logged = { verifier: { key: createFakeKey() } };
  expect(
    await verdict(layerItem('simple-signing', sigstore.signLegacy({ digest: DIGEST, logged })), trust),
  ).toBe('log_mismatch');
});

test('in the legacy format, an entry of this signature for other bytes', async () => {
  const content = { kind: 'message' as const, digest: Buffer.alloc(32, 7) };
  const layer = sigstore.signLegacy({ digest: DIGEST, logged: { content } });
  expect(await verdict(layerItem('simple-signing', layer), await keyTrust(sigstore))).toBe('log_mismatch');
});

test('in the legacy format, an entry of an envelope with this very payload and signature', async () => {
  const payload = Buffer.from(sigstore.signLegacy({ digest: DIGEST }).bytes);
  const envelope = JSON.stringify({ payload: payload.toString('base64'), payloadType: '', signatures: [] });
  const content = { kind: 'dsse' as const, payload, payloadType: '', pae: payload, envelope };
  const layer = sigstore.signLegacy({ digest: DIGEST, logged: { content } });
  const entry = JSON.parse(layer.annotations['dev.sigstore.cosign/bundle']!);
  expect(JSON.parse(Buffer.from(entry.Payload.body, 'base64').toString()).kind).toBe('dsse');
  expect(await verdict(layerItem('simple-signing', layer), await keyTrust(sigstore))).toBe('log_mismatch');
});

test('an entry whose index is none', async () => {
  const trust = await keyTrust(sigstore);
  for (const index of ['-1', '-0', '1e3', '0x10', ' 7', '7.0', '1'.repeat(21)]) {
    for (const change of [
      (entry: { logIndex: string }) => Object.assign(entry, { logIndex: index }),
      (entry: { inclusionProof: object }) => Object.assign(entry.inclusionProof, { logIndex: index }),
    ]) {
      const bundle = sigstore.signWithKey({ digest: DIGEST });
      change(bundle.json.verificationMaterial.tlogEntries[0]);
      expect(await verdict(bundle, trust), index).toBe('log_invalid');
    }
  }
});

test('entries of a kind that is not known, or of no kind, prove nothing', async () => {
  const trust = await keyTrust(sigstore);
  const bodies: [kind: string, version: string, body: string, code: string][] = [
    ['rekord', '0.0.1', '{"kind":"rekord","apiVersion":"0.0.1","spec":{}}', 'unsupported'],
    ['hashedrekord', '0.0.9', '{"kind":"hashedrekord","apiVersion":"0.0.9","spec":{}}', 'unsupported'],
    ['hashedrekord', '0.0.1', '{"kind":"hashedrekord","apiVersion":"0.0.1","spec":{}}', 'log_invalid'],
    ['hashedrekord', '0.0.2', '{"kind":"hashedrekord","apiVersion":"0.0.2"}', 'log_invalid'],
    ['dsse', '0.0.1', '{"kind":"dsse","apiVersion":"0.0.1","spec":{"signatures":[]}}', 'log_invalid'],
    ['hashedrekord', '0.0.2', 'not JSON', 'log_invalid'],
    ['hashedrekord', '0.0.2', 'null', 'log_invalid'],
  ];
  for (const [kind, version, body, code] of bodies) {
    const bundle = sigstore.signWithKey({ digest: DIGEST });
    const entry = sigstore.rekorV2.logBody({ kind, version }, Buffer.from(body), 0);
    bundle.json.verificationMaterial.tlogEntries = [entry];
    expect(await verdict(bundle, trust)).toBe(code);
  }
});
