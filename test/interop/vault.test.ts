import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, verify } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { copyFile, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { type Certificate, makeVaultCertificate, vaultSigner } from '../../src/provenance/index.ts';
import { vaultCosignKey, vaultPublicKey } from '../../src/sigstore/index.ts';
import type { VaultKeyOptions } from '../../src/vault/index.ts';
import { DEMO, errorWords, type Helm, helm } from './helm.ts';
import { answering, freePort } from './registries.ts';
import { HELM_VERSIONS, type HelmVersion, toolPath } from './tools.ts';

/** Charts signed with a key that never leaves a real Vault, and what the real Helm versions say of them. */

const binary = toolPath('vault-1.21.1');
if (!binary) console.log('NOT TESTED: signing with a key in a real Vault: vault-1.21.1 is not installed');

const dir = inject('dir');
const installed = HELM_VERSIONS.filter((version) => toolPath(`helm-${version}`));
const ARCHIVE = join(DEMO, 'app-1.2.3.tgz');
const ROOT = 'interop-root-token';
const userId = 'Vault Release <vault@test.invalid>';

describe.skipIf(!binary)('a key in a real Vault', () => {
  let vault: ChildProcess;
  let address = '';
  let text = '';
  const helms = new Map<HelmVersion, Helm>();

  beforeAll(async () => {
    const port = await freePort();
    address = `http://127.0.0.1:${port}`;
    const home = await mkdtemp(join(dir, 'vault-'));
    const log = join(home, 'vault.log');
    const args = ['server', '-dev', '-dev-no-store-token', `-dev-root-token-id=${ROOT}`];
    vault = spawn(binary!, [...args, `-dev-listen-address=127.0.0.1:${port}`], {
      env: { HOME: home, PATH: process.env.PATH ?? '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const out = createWriteStream(log);
    vault.stdout!.pipe(out);
    vault.stderr!.pipe(out);
    await answering(`${address}/v1/sys/health`, vault, log);
    // It answers 501 and 503 before it is initialised and unsealed.
    await vi.waitUntil(async () => (await fetch(`${address}/v1/sys/health`)).status === 200, {
      timeout: 90_000,
    });
    await post('sys/mounts/transit', { type: 'transit' });
    for (const version of installed) helms.set(version, await helm(version, dir));
    const digest = createHash('sha256')
      .update(await readFile(ARCHIVE))
      .digest('hex');
    const [metadata] = /apiVersion: [\s\S]*?\n\n(?=\.\.\.)/.exec(await readFile(`${ARCHIVE}.prov`, 'utf8'))!;
    text = `${metadata.replace(/^- /gm, '')}...\nfiles:\n  app-1.2.3.tgz: sha256:${digest}\n`;
  });

  afterAll(() => {
    vault?.kill();
  });

  const post = async (path: string, body: object) => {
    const response = await fetch(`${address}/v1/${path}`, {
      method: 'POST',
      headers: { 'x-vault-token': ROOT },
      body: JSON.stringify(body),
    });
    expect(response.ok, `${path}: ${response.status}`).toBe(true);
    return (response.status === 204 ? {} : await response.json()) as { auth?: { client_token: string } };
  };
  const keyOf = (key: string, options: Partial<VaultKeyOptions> = {}): VaultKeyOptions => ({
    ...{ address, key, token: ROOT, fetch },
    ...options,
  });
  const sign = async (key: VaultKeyOptions, { publicBinary }: Certificate) => {
    const at = Date.now();
    const signer = await vaultSigner({ ...key, publicKey: publicBinary, at });
    return signer.clearsign(text, at);
  };

  describe.each(['rsa-4096', 'rsa-3072', 'ecdsa-p256', 'ecdsa-p384'])('%s', (type) => {
    let certificate: Certificate;
    let folder = '';

    beforeAll(async () => {
      await post(`transit/keys/${type}`, { type });
      certificate = await makeVaultCertificate({ ...keyOf(type), userId, at: Date.now() });
      const provenance = await sign(keyOf(type), certificate);
      folder = await mkdtemp(join(dir, 'signed-'));
      await copyFile(ARCHIVE, join(folder, 'app-1.2.3.tgz'));
      await writeFile(join(folder, 'app-1.2.3.tgz.prov'), provenance);
      await writeFile(join(folder, 'ring.gpg'), certificate.publicBinary);
    });

    it.each(installed)('Helm %s accepts the chart', async (version) => {
      const result = await helms
        .get(version)!
        .run(['verify', 'app-1.2.3.tgz', '--keyring', 'ring.gpg'], folder);
      expect(result.stderr + result.stdout).toContain(certificate.fingerprint);
      expect(result.code, result.stderr).toBe(0);
    });

    it.each(installed)('Helm %s refuses it once a byte of the text is another', async (version) => {
      const other = await mkdtemp(join(dir, 'altered-'));
      const provenance = await readFile(join(folder, 'app-1.2.3.tgz.prov'), 'utf8');
      await copyFile(ARCHIVE, join(other, 'app-1.2.3.tgz'));
      await writeFile(join(other, 'app-1.2.3.tgz.prov'), provenance.replace('name: app', 'name: apq'));
      const keyring = join(folder, 'ring.gpg');
      const result = await helms.get(version)!.run(['verify', 'app-1.2.3.tgz', '--keyring', keyring], other);
      expect(result.code).toBe(1);
      expect(errorWords(result)).toMatch(/verification failure|signature|hash tag/i);
    });
  });

  it.each(['ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'rsa-2048', 'rsa-4096'])(
    'a key of the type %s signs as cosign does',
    async (type) => {
      await post(`transit/keys/cosign-${type}`, { type });
      const access = keyOf(`cosign-${type}`);
      const { publicPem } = await vaultPublicKey(access);
      const key = vaultCosignKey({ ...access, publicKey: Buffer.from(publicPem) });
      const words = Buffer.from('some words');
      expect(verify(key.algorithm.hash, words, publicPem, await key.sign(words))).toBe(true);
    },
  );

  it('a key of the type ed25519, which signs no digests, is not taken for one that signs as cosign does', async () => {
    await post('transit/keys/edwards', { type: 'ed25519' });
    await expect(vaultPublicKey(keyOf('edwards'))).rejects.toMatchObject({
      code: 'sign.cosign_key_unusable',
    });
  });

  it('gives the same fingerprint when the certificate is made again', async () => {
    const make = () => makeVaultCertificate({ ...keyOf('ecdsa-p256'), userId, at: Date.now() });
    expect((await make()).fingerprint).toBe((await make()).fingerprint);
  });

  it('signs with a token that may do nothing else', async () => {
    await post('transit/keys/narrow', { type: 'ecdsa-p256' });
    await post('transit/keys/other', { type: 'ecdsa-p256' });
    const certificate = await makeVaultCertificate({ ...keyOf('narrow'), userId, at: Date.now() });
    const policy = 'path "transit/sign/narrow/sha2-512" { capabilities = ["update"] }';
    await post('sys/policies/acl/narrow', { policy });
    const { auth } = await post('auth/token/create', { policies: ['narrow'], no_default_policy: true });
    const token = auth!.client_token;
    await expect(sign(keyOf('narrow', { token }), certificate)).resolves.toContain('SIGNATURE');
    const denied = sign(keyOf('other', { token }), certificate);
    await expect(denied).rejects.toMatchObject({
      code: 'sign.signer_refused',
      message: expect.stringMatching(/^Vault answered 403: .*permission denied/),
    });
  });

  it('goes on with the version of the certificate after a rotation', async () => {
    await post('transit/keys/turning', { type: 'rsa-3072' });
    const certificate = await makeVaultCertificate({ ...keyOf('turning'), userId, at: Date.now() });
    await post('transit/keys/turning/rotate', {});
    const newest = sign(keyOf('turning'), certificate);
    await expect(newest).rejects.toMatchObject({ code: 'sign.signer_refused' });
    await expect(sign(keyOf('turning', { keyVersion: 1 }), certificate)).resolves.toContain('SIGNATURE');
  });

  it('is no key of the transit engine: refused', async () => {
    const making = makeVaultCertificate({ ...keyOf('absent'), userId, at: Date.now() });
    await expect(making).rejects.toMatchObject({ code: 'sign.signer_refused' });
  });

  // The last, as nothing is answered after it.
  it('that is sealed: to be tried again', async () => {
    const certificate = await makeVaultCertificate({ ...keyOf('ecdsa-p256'), userId, at: Date.now() });
    await post('sys/seal', {});
    await expect(sign(keyOf('ecdsa-p256'), certificate)).rejects.toMatchObject({
      code: 'sign.signer_unavailable',
      retryable: true,
    });
  });
});
