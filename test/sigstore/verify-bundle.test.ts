import { constants, createHash, privateEncrypt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type SigstoreTrust, verifyBundle } from '../../src/sigstore/index.ts';
import { createFakeSigstore, type FakeBundle, type FakeKeyType } from '../support/sigstore/index.ts';
import { DIGEST, fakeKey, keylessTrust, keyTrust, verdict, verdictOf } from './support.ts';

const sigstore = createFakeSigstore();
const message = Buffer.from('some bytes that are signed by themselves');
const digestOf = (hash: string, bytes: Uint8Array = message) =>
  `${hash}:${createHash(hash).update(bytes).digest('hex')}`;

async function ask(
  bundle: FakeBundle,
  trust: SigstoreTrust,
  artifact: Parameters<typeof verifyBundle>[0]['artifact'],
): Promise<string> {
  const { outcomes } = await verifyBundle({
    bundle: bundle.bytes(),
    artifact,
    source: { kind: 'file', digest: null },
    trusts: [trust],
    blockedSigners: [],
    blockedIdentities: [],
  });
  return verdictOf(outcomes[0]!);
}

describe('a bundle over bytes by themselves', () => {
  // By the digest that the key signs; Ed25519 reads the bytes.
  const types: [FakeKeyType, hash: string, byDigest: string][] = [
    ['p256', 'sha256', 'held'],
    ['p384', 'sha384', 'held'],
    ['p521', 'sha512', 'held'],
    ['rsa2048', 'sha256', 'held'],
    ['ed25519ph', 'sha512', 'needs_content'],
  ];

  it.each(types)('%s: verifies with the bytes and with their %s', async (type, hash, byDigest) => {
    const key = fakeKey(type);
    const trust = await keyTrust(sigstore, { pem: key.publicKeyPem });
    const bundle = sigstore.signWithKey({ digest: DIGEST, message, key });
    expect(await ask(bundle, trust, { bytes: message })).toBe('held');
    expect(await ask(bundle, trust, { digest: digestOf(hash) })).toBe(byDigest);
  });

  it.each(types)(
    '%s: is refused for other bytes, another digest, another signature',
    async (type, hash, byDigest) => {
      const key = fakeKey(type);
      const trust = await keyTrust(sigstore, { pem: key.publicKeyPem, transparencyLog: 'optional' });
      const other = Buffer.from('other bytes');
      const sign = (bytes: Uint8Array) =>
        sigstore.signWithKey({ digest: DIGEST, message: bytes, key, rekor: 'none', timestamp: false });
      const bundle = sign(message);
      expect(await ask(bundle, trust, { bytes: other })).toBe('subject_mismatch');
      expect(await ask(bundle, trust, { digest: digestOf(hash, other) })).toBe('subject_mismatch');
      bundle.json.messageSignature.signature = sign(other).signature.toString('base64');
      expect(await ask(bundle, trust, { bytes: message })).toBe('bad_signature');
      const bad = byDigest === 'held' ? 'bad_signature' : byDigest;
      expect(await ask(bundle, trust, { digest: digestOf(hash) })).toBe(bad);
      bundle.json.messageSignature.signature = Buffer.from('nonsense').toString('base64');
      expect(await ask(bundle, trust, { bytes: message })).toBe('bad_signature');
      expect(await ask(bundle, trust, { digest: digestOf(hash) })).toBe(bad);
    },
  );

  it('by a key whose hash is not the one that is known says so', async () => {
    const key = fakeKey('p384');
    const trust = await keyTrust(sigstore, { pem: key.publicKeyPem });
    const bundle = sigstore.signWithKey({ digest: DIGEST, message, key });
    expect(await ask(bundle, trust, { digest: digestOf('sha256') })).toBe('needs_content');
    const old = sigstore.signWithKey({ digest: DIGEST, message, key, hash: 'sha256' });
    expect(await ask(old, trust, { digest: digestOf('sha256') })).toBe('held');
  });

  it('keyless', async () => {
    const bundle = sigstore.signKeyless({ digest: DIGEST, message });
    const trust = await keylessTrust(sigstore);
    expect(await ask(bundle, trust, { bytes: message })).toBe('held');
    expect(await ask(bundle, trust, { digest: digestOf('sha256') })).toBe('held');
  });

  it('is no signature of a chart, even over its manifest: cosign does not take it either', async () => {
    const digest = digestOf('sha256');
    const bundle = sigstore.signKeyless({ digest, message });
    expect(await verdict(bundle, await keylessTrust(sigstore), { digest })).toMatch(/^bare_signature/);
  });

  it('whose digest is of a kind that is not known is refused', async () => {
    const bundle = sigstore.signKeyless({ digest: DIGEST, message });
    bundle.json.messageSignature.messageDigest.algorithm = 'SHA3_256';
    expect(await ask(bundle, await keylessTrust(sigstore), { bytes: message })).toBe('unsupported');
  });

  it('does not let a padded RSA digest pass that is not the whole content', async () => {
    const key = fakeKey('rsa2048');
    const trust = await keyTrust(sigstore, { pem: key.publicKeyPem, transparencyLog: 'optional' });
    const options = { digest: DIGEST, message, key, rekor: 'none', timestamp: false } as const;
    // Signed with SHA-512: well padded, and the digest of something.
    const bundle = sigstore.signWithKey({ ...options, hash: 'sha512' });
    bundle.json.messageSignature.messageDigest = {
      algorithm: 'SHA2_256',
      digest: createHash('sha256').update(message).digest('base64'),
    };
    expect(await ask(bundle, trust, { digest: digestOf('sha256') })).toBe('bad_signature');
    expect(await ask(bundle, trust, { bytes: message })).toBe('bad_signature');
    // Well padded, and behind something else the very digest: with a small exponent anybody can make such a signature.
    const digest = createHash('sha256').update(message).digest();
    for (const head of [Buffer.alloc(0), Buffer.alloc(19, 7), Buffer.alloc(120, 7)]) {
      const padding = constants.RSA_PKCS1_PADDING;
      const forged = privateEncrypt({ key: key.privateKey, padding }, Buffer.concat([head, digest]));
      bundle.json.messageSignature.signature = forged.toString('base64');
      expect(await ask(bundle, trust, { digest: digestOf('sha256') })).toBe('bad_signature');
      expect(await ask(bundle, trust, { bytes: message })).toBe('bad_signature');
    }
  });
});

describe('a bundle with a statement', () => {
  it('speaks of the bytes and of their digest', async () => {
    const bundle = sigstore.signKeyless({ digest: digestOf('sha256') });
    const trust = await keylessTrust(sigstore);
    expect(await ask(bundle, trust, { bytes: message })).toBe('held');
    expect(await ask(bundle, trust, { digest: digestOf('sha256') })).toBe('held');
    expect(await ask(bundle, trust, { bytes: Buffer.from('other') })).toBe('subject_mismatch');
    expect(await ask(bundle, trust, { digest: digestOf('sha512') })).toBe('subject_mismatch');
  });
});
