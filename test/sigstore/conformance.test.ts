import { createHash, generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleWorker } from '../support/bundle-worker.ts';
import { createFakeKey, createFakeSigstore } from '../support/sigstore/index.ts';
import { vectorsDir } from '../support/vectors.ts';
import { type ConformanceCase, type ConformanceVerdict, judgeConformanceCase } from './conformance-case.ts';

// The first reason of each case that must be refused.
const REASONS: Record<string, string> = {
  'bundle-empty-certificate-chain_fail': 'sigstore.malformed',
  'bundle-from-wrong-instance_fail': 'sigstore.log_invalid',
  'bundle-malformed-json_fail': 'sigstore.malformed',
  'bundle-negative-log-index_fail': 'sigstore.log_invalid',
  'bundle-with-root-cert_fail': 'sigstore.certificate_invalid',
  'checkpoint-wrong-roothash_fail': 'sigstore.log_invalid',
  'dsse-invalid-sig_fail': 'sigstore.bad_signature',
  'dsse-mismatch-sig_fail': 'sigstore.log_mismatch',
  'inclusion-proof-corrupted-hash_fail': 'sigstore.log_invalid',
  'incorrect-public-key_fail': 'sigstore.log_invalid',
  'intoto-expired-certificate_fail': 'sigstore.certificate_expired',
  'intoto-log-entry-mismatch_fail': 'sigstore.log_mismatch',
  'intoto-set-outside-signing-cert-validity_fail': 'sigstore.certificate_expired',
  'intoto-tsa-timestamp-outside-cert-validity_fail': 'sigstore.certificate_expired',
  'invalid-checkpoint-signature_fail': 'sigstore.log_invalid',
  'invalid-ct-key_fail': 'sigstore.sct_invalid',
  'managed-key-wrong-key_fail': 'sigstore.key_invalid', // the key is no point of its curve
  'message-digest-mismatch_fail': 'sigstore.subject_mismatch',
  'rekor2-checkpoint-missing-log-signature_fail': 'sigstore.log_invalid',
  'rekor2-checkpoint-missing-origin_fail': 'sigstore.log_invalid',
  'rekor2-checkpoint-missing-size_fail': 'sigstore.log_invalid',
  'rekor2-dsse-invalid-sig_fail': 'sigstore.bad_signature',
  'rekor2-dsse-mismatch-sig_fail': 'sigstore.log_mismatch',
  'rekor2-no-timestamp_fail': 'sigstore.timestamp_missing',
  'rekor2-timestamp-outside-trust-root-tsa-validity_fail': 'sigstore.timestamp_invalid',
  'rekor2-timestamp-payload-mismatch_fail': 'sigstore.timestamp_invalid',
  'rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail': 'sigstore.timestamp_invalid',
  'set-invalid-signature_fail': 'sigstore.log_invalid',
  'trust-root-tlog-missing-validity-start_fail': 'sigstore.root_invalid',
  'wrong-hashedrekord-artifact_fail': 'sigstore.log_mismatch',
  'wrong-material_fail': 'sigstore.subject_mismatch',
};

const IDENTITY =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main';
const ISSUER = 'https://token.actions.githubusercontent.com';

const folder = join(vectorsDir ?? '', 'sigstore');

async function names(): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function read(name: string, file: string): Promise<Buffer | undefined> {
  const path = join(folder, name, file);
  return existsSync(path) ? readFile(path) : undefined;
}

async function caseOf(name: string): Promise<ConformanceCase> {
  const artifact = (await read(name, 'artifact')) ?? (await readFile(join(folder, 'a.txt')));
  const root = await read(name, 'trusted_root.json');
  const key = await read(name, 'key.pub');
  return {
    bundle: (await read(name, 'bundle.sigstore.json'))!.toString('base64'),
    artifact: artifact.toString('base64'),
    digest: `sha256:${createHash('sha256').update(artifact).digest('hex')}`,
    trustedRoot: (root ?? (await readFile(join(folder, 'trusted_root.public-good.json')))).toString('base64'),
    ...(key === undefined ? {} : { key: key.toString('base64') }),
    identity: (await read(name, 'identity'))?.toString().trim() ?? IDENTITY,
    issuer: (await read(name, 'issuer'))?.toString().trim() ?? ISSUER,
  };
}

type Judge = (given: ConformanceCase) => Promise<ConformanceVerdict>;

function describeCases(runtime: string, open: () => Promise<{ judge: Judge; close(): Promise<void> }>): void {
  describe.skipIf(vectorsDir === undefined)(`the conformance suite of sigstore, ${runtime}`, async () => {
    const all = vectorsDir === undefined ? [] : await names();
    let opened: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened?.close());

    it.each(all.filter((name) => !name.endsWith('_fail')))('%s holds', async (name) => {
      expect(await opened.judge(await caseOf(name))).toEqual({ bytes: 'held', digest: 'held' });
    });

    it.each(all.filter((name) => name.endsWith('_fail')))(
      '%s is refused for its own reason',
      async (name) => {
        const { bytes, digest } = await opened.judge(await caseOf(name));
        expect([bytes.split(' ')[0], digest.split(' ')[0]]).toEqual([REASONS[name], REASONS[name]]);
      },
    );

    it('managed-key-happy-path by another key is refused', async () => {
      const given = await caseOf('managed-key-happy-path');
      const other = await readFile(join(folder, '../cosign/key-p256-zot/p256.pub'));
      const { bytes, digest } = await opened.judge({ ...given, key: other.toString('base64') });
      const wanted = 'sigstore.untrusted_key sigstore.log_mismatch';
      expect([bytes, digest]).toEqual([wanted, wanted]);
    });

    it('trust-root-tlog-missing-validity-start_fail is refused for its own reason', async () => {
      const given = await caseOf('happy-path-v0.3');
      const root = JSON.parse(Buffer.from(given.trustedRoot, 'base64').toString());
      delete root.tlogs[0].publicKey.validFor.start;
      const trustedRoot = Buffer.from(JSON.stringify(root)).toString('base64');
      const wanted = 'sigstore.root_invalid';
      expect(await opened.judge({ ...given, trustedRoot })).toEqual({ bytes: wanted, digest: wanted });
    });

    // What the suite has no cases of: every kind of key, with the bytes and with the digest that it signs.
    it.each([
      ['p256', 'sha256', 'held'],
      ['p384', 'sha384', 'held'],
      ['p521', 'sha512', 'held'],
      ['rsa2048', 'sha256', 'held'],
      ['ed25519', 'sha256', 'sigstore.needs_content'],
      ['ed25519ph', 'sha512', 'sigstore.needs_content'],
    ] as const)('%s: a good signature holds, an altered one does not', async (type, hash, byDigest) => {
      const sigstore = createFakeSigstore();
      const message = Buffer.from('hello');
      const key = createFakeKey(type);
      // Of pure Ed25519 a log of messages cannot say the digest.
      const bundle = sigstore.signWithKey({
        digest: '',
        message,
        key,
        ...(type === 'ed25519' ? { hash: 'sha256' } : {}),
      });
      const given = {
        bundle: Buffer.from(bundle.bytes()).toString('base64'),
        artifact: message.toString('base64'),
        digest: `${hash}:${createHash(hash).update(message).digest('hex')}`,
        trustedRoot: Buffer.from(sigstore.trustedRoot()).toString('base64'),
        key: Buffer.from(key.publicKeyPem).toString('base64'),
        identity: '',
        issuer: '',
      };
      expect(await opened.judge(given)).toEqual({ bytes: 'held', digest: byDigest });
      const signature = Buffer.from(bundle.signature);
      signature[30]! ^= 1;
      bundle.json.messageSignature.signature = signature.toString('base64');
      const altered = await opened.judge({
        ...given,
        bundle: Buffer.from(bundle.bytes()).toString('base64'),
      });
      expect(altered.bytes).toMatch(/^sigstore.bad_signature /);
      expect(altered.digest).toMatch(
        byDigest === 'held' ? /^sigstore.bad_signature / : /^sigstore.needs_content /,
      );
    });

    it('refuses the same keys', async () => {
      const der = (key: { publicKey: { export(options: object): unknown } }) =>
        key.publicKey.export({ format: 'der', type: 'spki' }) as Buffer;
      const { spki, privateKey } = createFakeKey();
      const given = await caseOf('managed-key-happy-path');
      for (const bytes of [
        der(generateKeyPairSync('rsa', { modulusLength: 1024 })),
        der(generateKeyPairSync('ec', { namedCurve: 'secp256k1' })),
        der(generateKeyPairSync('x25519')),
        Buffer.concat([spki, Buffer.from([0])]),
        privateKey.export({ format: 'der', type: 'pkcs8' }),
        Buffer.from('no key'),
      ]) {
        const wanted = 'sigstore.key_invalid';
        expect(await opened.judge({ ...given, key: bytes.toString('base64') })).toEqual({
          bytes: wanted,
          digest: wanted,
        });
      }
    });
  });
}

describeCases('on Node', async () => ({ judge: judgeConformanceCase, close: async () => {} }));

describeCases('in workerd', async () => {
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      modules: true,
      script: await bundleWorker('test/support/sigstore-worker.ts'),
      compatibilityDate: '2026-10-01',
      compatibilityFlags: ['nodejs_compat'],
    }),
    telemetry: { enabled: false },
  });
  return {
    judge: async (given) => {
      const answer = await miniflare.dispatchFetch('http://sigstore.test/', {
        method: 'POST',
        body: JSON.stringify(given),
      });
      return (await answer.json()) as ConformanceVerdict;
    },
    close: () => miniflare.dispose(),
  };
});
