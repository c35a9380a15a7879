import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readKeyring, readSecretKey } from '../../src/provenance/index.ts';
import { PASSPHRASE, signingWorld } from './signing-support.ts';
import { NOW } from './support.ts';

const { run, path: cwd, keepSecret, push } = await signingWorld({ 'phrase.txt': `${PASSPHRASE}\n` });
const USER = ['--user-id', 'Release <release@example.com>'];
// The world's own key is called release.secret.asc.
const generate = (...more: string[]) => run(['keys', 'generate', ...USER, ...more]);
const read = (name: string) => readFile(join(cwd, name), 'utf8');
const mode = async (name: string) => ((await stat(join(cwd, name))).mode & 0o777).toString(8);

describe('chartseal keys generate', () => {
  test('RSA-4096: secret files only for their owner, public ones for everybody, and says which is which', async () => {
    const { status, stdout, stderr } = await generate('--passphrase-file', 'phrase.txt', '--out', 'new');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const secret = await read('new.secret.asc');
    keepSecret(secret);
    keepSecret(await read('new.revocation.asc'));
    expect(await mode('new.secret.asc')).toBe('600');
    expect(await mode('new.revocation.asc')).toBe('600');
    expect(await mode('new.asc')).toBe('644');
    const signer = await readSecretKey(secret, { passphrase: PASSPHRASE, at: NOW });
    expect(signer.signsWith.algorithm).toBe('RSA-4096');
    expect(stdout).toContain(signer.fingerprint);
    expect(stdout.indexOf('SECRET')).toBeLessThan(stdout.indexOf('new.secret.asc'));
    expect(stdout.indexOf('new.secret.asc')).toBeLessThan(stdout.indexOf('PUBLIC'));
    expect(stdout).toContain('wrangler secret put RELEASE_PGP_KEY < new.secret.asc');
    expect(stdout).toContain('RELEASE_PGP_KEY_1');
    expect(stdout).toContain('RELEASE_PGP_PASSPHRASE');
    const binary = new Uint8Array(await readFile(join(cwd, 'new.gpg')));
    for (const keyring of [binary, new TextEncoder().encode(await read('new.asc'))])
      expect((await readKeyring(keyring)).keys).toHaveLength(1);
    await expect(readSecretKey(secret, { at: NOW })).rejects.toThrow('passphrase');
  });

  test('what is there already is never overwritten: 2', async () => {
    await writeFile(join(cwd, 'old.asc'), 'precious');
    const { status, stderr } = await generate('--type', 'p256', '--out', 'old');
    expect(status).toBe(2);
    expect(stderr).toContain('file.exists');
    expect(await read('old.asc')).toBe('precious');
    await expect(read('old.secret.asc')).rejects.toThrow('ENOENT');
  });

  test('--type p256 --expires, as JSON without a secret; what it signs verifies', async () => {
    const { status, stdout } = await generate(
      ...['--type', 'p256', '--expires', '2030-12-31', '--out', 'small', '--format', 'json'],
    );
    expect(status).toBe(0);
    keepSecret(await read('small.secret.asc'));
    const facts = JSON.parse(stdout);
    expect(facts).toMatchObject({
      expires: '2030-12-31T23:59:59.000Z',
      isProtected: false,
      userId: 'Release <release@example.com>',
      secretFiles: ['small.secret.asc', 'small.revocation.asc'],
      publicFiles: ['small.asc', 'small.gpg'],
    });
    const { digest } = await push('1.2.3');
    const reference = `oci://registry.test/charts/app:1.2.3@${digest}`;
    expect((await run(['sign', reference, '--key', 'small.secret.asc'])).status).toBe(0);
    const verify = ['verify', 'oci://registry.test/charts/app:1.2.3', '--keyring', 'small.gpg'];
    const report = JSON.parse((await run([...verify, '--format', 'json'])).stdout);
    expect(report.verdict).toBe('allow');
    expect(report.clients.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      'accept',
      'accept',
      'accept',
    ]);
  });

  test.each([
    [['--expires', '2030-02-30'], '--expires'],
    [['--expires', '2020-01-01'], 'over already'],
    [['--expires', 'soon'], '--expires'],
    [['--type', 'ed25519'], 'rsa4096'],
    [['--vault-key', 'x'], '--vault'],
    [['--vault', 'https://vault.test'], '--vault-key'],
    [['--vault', 'https://vault.test', '--vault-key', 'x'], 'VAULT_TOKEN'],
    [['--vault', 'https://vault.test', '--vault-key', 'x', '--type', 'p256'], '--type'],
    [['--passphrase-file', 'none.txt'], 'none.txt'],
    [['--out', 'nowhere/release', '--type', 'p256'], 'nowhere/release'],
  ])('%j: 2', async (more, near) => {
    const out = more.includes('--out') ? [] : ['--out', 'other'];
    const { status, stdout, stderr } = await generate(...out, ...more);
    expect(stderr).toContain(near);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    await expect(read('other.secret.asc')).rejects.toThrow('ENOENT');
  });

  test('no user id, or one that is none: 2', async () => {
    expect((await run(['keys', 'generate'])).stderr).toContain('--user-id');
    const { status } = await run(['keys', 'generate', '--user-id', 'A <not an address>', '--type', 'p256']);
    expect(status).toBe(2);
  });
});
