import { Verifier } from '@sigstore/verify';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CODES } from '../../src/base/codes.ts';
import { readTrustedRoot } from '../../src/sigstore/index.ts';
import {
  createFakeKey,
  createFakeSigstore,
  FAKE_IDENTITY,
  FAKE_ISSUER,
  type FakeKeyType,
} from '../support/sigstore/index.ts';
import {
  bundleItem,
  DIGEST,
  fakeKey,
  keylessTrust,
  keyTrust,
  layerItem,
  OTHER_DIGEST,
  verdict,
  verdictOf,
  verify,
} from './support.ts';

const sigstore = createFakeSigstore();
const SLSA = 'https://slsa.dev/provenance/v1';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a signature that is good', () => {
  it.each([
    ['a bundle, Rekor v2 and a timestamp', {}],
    ['a bundle, Rekor v1', { rekor: 'v1' }],
    ['a bundle, Rekor v1 and a timestamp', { rekor: 'v1', timestamp: true }],
    [
      'a bundle v0.2, Rekor v1',
      { rekor: 'v1', mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.2' },
    ],
    [
      'a bundle v0.1, Rekor v1',
      { rekor: 'v1', mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1' },
    ],
    ['a statement v0.1', { statementType: 'https://in-toto.io/Statement/v0.1' }],
  ] as const)('holds, keyless and by a key: %s', async (_, options) => {
    expect(
      await verdict(sigstore.signKeyless({ digest: DIGEST, ...options }), await keylessTrust(sigstore)),
    ).toBe('held');
    expect(
      await verdict(sigstore.signWithKey({ digest: DIGEST, ...options }), await keyTrust(sigstore)),
    ).toBe('held');
  });

  it.each(['v1', 'none'] as const)('holds in both legacy formats, log: %s', async (rekor) => {
    const transparencyLog = rekor === 'none' ? 'optional' : 'required';
    const keyless = await keylessTrust(sigstore, { transparencyLog });
    const key = await keyTrust(sigstore, { transparencyLog });
    const options = { digest: DIGEST, rekor };
    expect(await verdict(layerItem('simple-signing', sigstore.signLegacy(options)), key)).toBe('held');
    expect(await verdict(layerItem('dsse', sigstore.attestLegacy(options)), key)).toBe('held');
    expect(
      await verdict(layerItem('simple-signing', sigstore.signLegacy({ ...options, keyless: true })), keyless),
    ).toBe('held');
    expect(
      await verdict(layerItem('dsse', sigstore.attestLegacy({ ...options, keyless: true })), keyless),
    ).toBe('held');
  });

  it('says who signed, when, and each thing that was looked at', async () => {
    const bundle = sigstore.signKeyless({ digest: DIGEST, rekor: 'v1', annotations: { env: 'prod' } });
    const trust = await keylessTrust(sigstore, {
      annotations: { env: 'prod' },
      extensions: { sourceRepository: 'https://github.com/acme/*' },
    });
    const { evidence, outcomes } = await verify(bundle, trust);
    expect(outcomes).toEqual([
      { trust: 'ci', state: 'held', identities: [`${FAKE_ISSUER} ${FAKE_IDENTITY}`], reasons: [] },
    ]);
    expect(evidence).toMatchObject({
      scheme: 'sigstore',
      source: { kind: 'referrer', digest: null },
      predicateType: 'https://sigstore.dev/cosign/sign/v1',
      signedAt: '2026-11-23T12:00:00.000Z',
      trustedAs: ['ci'],
      signer: {
        issuer: FAKE_ISSUER,
        subject: FAKE_IDENTITY,
        extensions: { sourceRepository: 'https://github.com/acme/charts', workflowRef: 'refs/tags/v1.2.3' },
      },
    });
    expect(evidence.checks.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'subject pass',
      'predicate-type pass',
      'annotations pass',
      'identity pass',
      'issuer pass',
      'extensions pass',
      'signature pass',
      'certificate pass',
      'certificate-transparency pass',
      'transparency-log pass',
      'signing-time pass',
    ]);
  });

  it('by a key names the key', async () => {
    const { evidence, outcomes } = await verify(
      sigstore.signWithKey({ digest: DIGEST }),
      await keyTrust(sigstore),
    );
    expect(outcomes[0]!.identities).toEqual([sigstore.key.fingerprint]);
    expect(evidence.signer).toEqual({ fingerprint: sigstore.key.fingerprint });
  });

  it('holds by the issuer of an old certificate and by an email address', async () => {
    const identity = 'dev@example.com';
    const bundle = sigstore.signKeyless({ digest: DIGEST, identity });
    expect(await verdict(bundle, await keylessTrust(sigstore, { subjects: [identity] }))).toBe('held');
    expect(await verdict(bundle, await keylessTrust(sigstore, { subjects: ['*@example.com'] }))).toBe('held');
  });
});

describe('keys', () => {
  const types: FakeKeyType[] = [
    'p256',
    'p384',
    'p521',
    'rsa2048',
    'rsa3072',
    'rsa4096',
    'ed25519',
    'ed25519ph',
  ];

  it.each(types)('%s: its bundles hold', async (type) => {
    const key = fakeKey(type);
    const trust = await keyTrust(sigstore, { pem: key.publicKeyPem });
    const bundle = sigstore.signWithKey({ digest: DIGEST, key });
    expect(await verdict(bundle, trust)).toBe('held');
    const [first] = bundle.json.dsseEnvelope.signatures;
    const changed = Buffer.from(first.sig, 'base64');
    changed[20]! ^= 1;
    first.sig = changed.toString('base64');
    expect(await verdict(bundle, trust)).toMatch(/^bad_signature/);
  });

  it.each(['p384', 'p521'] as const)('%s: with SHA-256, as old signers did, holds too', async (type) => {
    const key = fakeKey(type);
    const trust = await keyTrust(sigstore, { pem: key.publicKeyPem });
    expect(await verdict(sigstore.signWithKey({ digest: DIGEST, key, hash: 'sha256' }), trust)).toBe('held');
    const other = sigstore.signWithKey({ digest: DIGEST, key, hash: type === 'p384' ? 'sha512' : 'sha384' });
    expect(await verdict(other, trust)).toMatch(/^bad_signature/);
  });

  it.each(types)('%s: its legacy signatures hold, but for Ed25519ph, which no client takes', async (type) => {
    const key = fakeKey(type);
    const trust = await keyTrust(sigstore, { pem: key.publicKeyPem });
    const layer = sigstore.signLegacy({ digest: DIGEST, key });
    expect(await verdict(layerItem('simple-signing', layer), trust)).toBe(
      type === 'ed25519ph' ? 'untrusted_key' : 'held',
    );
  });

  it.each(['p384', 'rsa2048'] as const)('%s in a certificate: holds', async (type) => {
    const bundle = sigstore.signKeyless({ digest: DIGEST, ephemeralKey: fakeKey(type) });
    expect(await verdict(bundle, await keylessTrust(sigstore))).toBe('held');
  });

  it('whose name in the bundle is another still hold when the signature fits', async () => {
    const bundle = sigstore.signWithKey({ digest: DIGEST });
    bundle.json.verificationMaterial.publicKey.hint = 'whatever';
    expect(await verdict(bundle, await keyTrust(sigstore))).toBe('held');
  });

  it('and certificates are not mistaken for one another', async () => {
    const ephemeralKey = createFakeKey();
    const keyless = sigstore.signKeyless({ digest: DIGEST, ephemeralKey });
    expect(await verdict(keyless, await keyTrust(sigstore, { pem: ephemeralKey.publicKeyPem }))).toMatch(
      /^untrusted_key/,
    );
    const byKey = sigstore.signWithKey({ digest: DIGEST });
    expect(await verdict(byKey, await keylessTrust(sigstore))).toMatch(/^certificate_missing/);
  });
});

describe('what a trust entry asks for', () => {
  it('predicate types: an attestation is no signature, unless it is asked for', async () => {
    const bundle = sigstore.signKeyless({ digest: DIGEST, predicateType: SLSA });
    expect(await verdict(bundle, await keylessTrust(sigstore))).toBe('predicate_type');
    expect(await verdict(bundle, await keylessTrust(sigstore, { predicateTypes: [SLSA] }))).toBe('held');
    const legacy = layerItem('simple-signing', sigstore.signLegacy({ digest: DIGEST }));
    expect(await verdict(legacy, await keyTrust(sigstore, { predicateTypes: [SLSA] }))).toBe(
      'predicate_type',
    );
  });

  it('a statement of a type that is known: what others say of their subjects is not', async () => {
    for (const statementType of ['https://in-toto.io/Statement/v2', 'https://in-toto.io/Link/v0.3', '']) {
      const bundle = sigstore.signWithKey({ digest: DIGEST, statementType });
      expect(await verdict(bundle, await keyTrust(sigstore)), statementType).toBe('statement');
    }
  });

  it('a bundle of a version that is known', async () => {
    // The library reads those of later versions as it reads 0.3.
    for (const version of ['.v0.4+json', '.v1.0+json', '+json;version=0.4', '+json']) {
      const mediaType = `application/vnd.dev.sigstore.bundle${version}`;
      const bundle = sigstore.signWithKey({ digest: DIGEST, mediaType });
      expect(await verdict(bundle, await keyTrust(sigstore)), version).toBe('unsupported');
    }
  });

  it('annotations: of this very subject, to the letter, none missing', async () => {
    const annotations = { env: 'prod', team: 'core' };
    const items = [
      bundleItem(sigstore.signWithKey({ digest: DIGEST, annotations })),
      layerItem('simple-signing', sigstore.signLegacy({ digest: DIGEST, annotations })),
    ];
    for (const item of items) {
      expect(await verdict(item, await keyTrust(sigstore, { annotations: { env: 'prod' } }))).toBe('held');
      expect(await verdict(item, await keyTrust(sigstore, { annotations: { env: 'dev' } }))).toBe(
        'annotation_mismatch',
      );
      expect(await verdict(item, await keyTrust(sigstore, { annotations: { x: 'y' } }))).toBe(
        'annotation_mismatch',
      );
      expect(await verdict(item, await keyTrust(sigstore, { annotations: { toString: '' } }))).toBe(
        'annotation_mismatch',
      );
    }
    const [, hex] = DIGEST.split(':');
    const [, otherHex] = OTHER_DIGEST.split(':');
    const subjects = [
      { digest: { sha256: otherHex! }, annotations: { env: 'prod' } },
      { digest: { sha256: hex! }, annotations: { team: 'core' } },
    ];
    const spread = sigstore.signWithKey({ digest: DIGEST, subjects });
    expect(await verdict(spread, await keyTrust(sigstore, { annotations: { env: 'prod' } }))).toBe(
      'annotation_mismatch',
    );
  });

  it('a transparency log', async () => {
    const keyless = sigstore.signKeyless({ digest: DIGEST, rekor: 'none' });
    expect(await verdict(keyless, await keylessTrust(sigstore))).toBe('log_missing');
    expect(await verdict(keyless, await keylessTrust(sigstore, { transparencyLog: 'optional' }))).toBe(
      'held',
    );
    const byKey = sigstore.signWithKey({ digest: DIGEST, rekor: 'none', timestamp: false });
    expect(await verdict(byKey, await keyTrust(sigstore))).toBe('log_missing');
    expect(await verdict(byKey, await keyTrust(sigstore, { transparencyLog: 'optional' }))).toBe('held');
  });

  it('keyless always a trusted time', async () => {
    const bundle = sigstore.signKeyless({ digest: DIGEST, timestamp: false });
    expect(await verdict(bundle, await keylessTrust(sigstore))).toBe('timestamp_missing');
    const bare = sigstore.signKeyless({ digest: DIGEST, rekor: 'none', timestamp: false });
    expect(await verdict(bare, await keylessTrust(sigstore, { transparencyLog: 'optional' }))).toBe(
      'timestamp_missing',
    );
  });

  it('certificate transparency', async () => {
    const bundle = sigstore.signKeyless({ digest: DIGEST, sct: false });
    expect(await verdict(bundle, await keylessTrust(sigstore))).toBe('sct_missing');
    expect(await verdict(bundle, await keylessTrust(sigstore, { certificateTransparency: 'optional' }))).toBe(
      'held',
    );
  });

  it('is not asked of a root that names no certificate log, where it is optional', async () => {
    const root = await readTrustedRoot(sigstore.trustedRoot((json) => Object.assign(json, { ctlogs: [] })));
    const bundle = sigstore.signKeyless({ digest: DIGEST });
    expect(await verdict(bundle, await keylessTrust(sigstore, { root }))).toBe('sct_invalid');
    const optional = await keylessTrust(sigstore, { root, certificateTransparency: 'optional' });
    expect(await verdict(bundle, optional)).toBe('held');
  });

  it('a key without a root: proofs are not looked at, and that is said', async () => {
    const bundle = sigstore.signWithKey({ digest: DIGEST });
    bundle.json.verificationMaterial.tlogEntries[0].logIndex = '99';
    expect(await verdict(bundle, await keyTrust(sigstore, { root: undefined }))).toBe('log_missing');
    const trust = await keyTrust(sigstore, { root: undefined, transparencyLog: 'optional' });
    const { outcomes, evidence } = await verify(bundle, trust);
    expect(outcomes[0]!.state).toBe('held');
    expect(evidence.checks.at(-1)).toMatchObject({ name: 'transparency-log', outcome: 'info' });
    expect(evidence.signedAt).toBeUndefined();
  });

  it('nothing that is there may be broken, even where it is not asked for', async () => {
    const optional = { transparencyLog: 'optional', certificateTransparency: 'optional' } as const;
    const log = sigstore.signWithKey({ digest: DIGEST });
    log.json.verificationMaterial.tlogEntries[0].inclusionProof.hashes.reverse();
    expect(await verdict(log, await keyTrust(sigstore, optional))).toBe('log_invalid');
    const stamp = sigstore.signWithKey({ digest: DIGEST });
    const other = sigstore.signWithKey({ digest: DIGEST });
    stamp.json.verificationMaterial.timestampVerificationData =
      other.json.verificationMaterial.timestampVerificationData;
    expect(await verdict(stamp, await keyTrust(sigstore, optional))).toBe('timestamp_invalid');
    const foreign = createFakeSigstore();
    const root = await readTrustedRoot(
      sigstore.trustedRoot((json) => Object.assign(json, { ctlogs: [foreign.ctLog.inRoot(0)] })),
    );
    const sct = sigstore.signKeyless({ digest: DIGEST });
    expect(await verdict(sct, await keylessTrust(sigstore, { root, ...optional }))).toBe('sct_invalid');
  });

  it('blocked signers never hold', async () => {
    const byKey = sigstore.signWithKey({ digest: DIGEST });
    const blockedSigners = [sigstore.key.fingerprint.toLowerCase()];
    expect(await verdict(byKey, await keyTrust(sigstore), { blockedSigners })).toBe('signer_blocked');
    const keyless = sigstore.signKeyless({ digest: DIGEST });
    const trust = await keylessTrust(sigstore);
    for (const subject of [FAKE_IDENTITY, 'https://github.com/acme/**']) {
      const blockedIdentities = [{ issuer: FAKE_ISSUER, subject }];
      expect(await verdict(keyless, trust, { blockedIdentities })).toBe('signer_blocked');
    }
    const elsewhere = [{ issuer: 'https://other.example', subject: FAKE_IDENTITY }];
    expect(await verdict(keyless, trust, { blockedIdentities: elsewhere })).toBe('held');
  });
});

describe('several trust entries', () => {
  it('are each judged, in their order, and share one evidence', async () => {
    const bundle = sigstore.signKeyless({ digest: DIGEST });
    const trusts = [
      await keylessTrust(sigstore, { name: 'other', subjects: ['somebody@else.example'] }),
      await keylessTrust(sigstore),
      await keyTrust(sigstore),
    ];
    const { evidence, outcomes } = await verify(bundle, trusts);
    expect(outcomes.map((outcome) => `${outcome.trust} ${verdictOf(outcome)}`)).toEqual([
      'other identity_mismatch',
      'ci held',
      'key untrusted_key log_mismatch',
    ]);
    expect(evidence.trustedAs).toEqual(['ci']);
    expect(evidence.checks.filter(({ outcome }) => outcome === 'fail')).toEqual([]);
    expect(
      evidence.checks.some(
        ({ code, outcome }) => code === 'sigstore.identity_mismatch' && outcome === 'info',
      ),
    ).toBe(true);
  });

  it('with the same root have its proofs verified once, and a second judgement none', async () => {
    const ask = vi.spyOn(Verifier.prototype, 'verify');
    const item = bundleItem(sigstore.signKeyless({ digest: DIGEST }));
    const root = await readTrustedRoot(sigstore.trustedRoot());
    const trusts = [
      await keylessTrust(sigstore, { root }),
      await keylessTrust(sigstore, { root, name: 'other', subjects: ['nobody'] }),
    ];
    await verify(item, trusts);
    expect(ask).toHaveBeenCalledTimes(3); // timestamp, log entry, certificate
    await verify(item, trusts);
    expect(ask).toHaveBeenCalledTimes(3);
    await verify(item, await keylessTrust(sigstore));
    expect(ask).toHaveBeenCalledTimes(6);
  });

  it('of none, something is still said', async () => {
    const { evidence, outcomes } = await verify(sigstore.signKeyless({ digest: DIGEST }), []);
    expect(outcomes).toEqual([]);
    expect(evidence.trustedAs).toEqual([]);
  });
});

it('what was remembered of an item does not speak for other bytes', async () => {
  const trust = await keyTrust(sigstore);
  const item = bundleItem(sigstore.signWithKey({ digest: DIGEST }));
  expect(await verdict(item, trust)).toBe('held');
  item.bytes = bundleItem(sigstore.signWithKey({ digest: OTHER_DIGEST })).bytes;
  expect(await verdict(item, trust)).toBe('subject_mismatch');
  const layer = layerItem('simple-signing', sigstore.signLegacy({ digest: DIGEST }));
  expect(await verdict(layer, trust)).toBe('held');
  const signature = 'dev.cosignproject.cosign/signature';
  const other = sigstore.signLegacy({ digest: OTHER_DIGEST }).annotations[signature]!;
  Object.assign(layer.annotations, { [signature]: other });
  expect(await verdict(layer, trust)).toMatch(/^untrusted_key/);
});

it('every reason has a help of its code', async () => {
  const { outcomes } = await verify(sigstore.signWithKey({ digest: OTHER_DIGEST }), await keyTrust(sigstore));
  const [reason] = outcomes[0]!.reasons;
  expect(reason).toMatchObject({ trust: 'key', help: CODES['sigstore.subject_mismatch'].help });
});
