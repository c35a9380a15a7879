import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { generateKey } from '../../src/provenance/index.ts';
import { createTransit, TOKEN, VAULT } from '../support/transit.ts';
import { PASSPHRASE, signingWorld } from './signing-support.ts';
import { NO_CREDENTIALS, NOW, type Ran, RELEASE_KEY } from './support.ts';

const world = await signingWorld({ 'phrase.txt': `${PASSPHRASE}\nnot this line\n`, 'wrong.txt': 'wrong\n' });
const { registry, run, push } = world;
const guarded = await generateKey({
  userId: 'Guarded <guarded@example.com>',
  type: 'p256',
  passphrase: PASSPHRASE,
  at: NOW - 86_400_000,
});
world.keepSecret(guarded.secretArmored);
await writeFile(join(world.path, 'guarded.asc'), guarded.secretArmored);

const TAG = 'oci://registry.test/charts/app:1.2.3';
const KEY = ['--key', 'release.secret.asc'];
const named = () => registry.getManifest('charts/app', '1.2.3')?.digest;
const writes = () => registry.requests.filter(({ method }) => method === 'PUT' || method === 'POST');
const sign = (...more: string[]) => run(['sign', ...more]);

let digest: string;
beforeEach(async () => {
  registry.reset();
  ({ digest } = await push('1.2.3'));
  registry.requests.length = 0;
});

describe('a chart named by digest', () => {
  test('is signed, and verifies; before, after and what users do next are told', async () => {
    const { status, stdout, stderr } = await sign(`${TAG}@${digest}`, ...KEY);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^SIGNED {2}oci:\/\/registry\.test\/charts\/app:1\.2\.3\n/);
    expect(stdout).toContain(`before    ${digest}`);
    expect(stdout).toContain(`after     ${named()}`);
    expect(stdout).toContain(
      'helm pull oci://registry.test/charts/app --version 1.2.3 --verify --keyring release.gpg',
    );
    expect(stdout).toContain('gpg --export 2C984C7BE32F1281116AFEEAB04CC26B7E731EE4');
    const verified = await run(['verify', TAG, '--keyring', RELEASE_KEY]);
    expect(verified.status).toBe(0);
  });

  test('again: 0, nothing is written; also with the digest from before', async () => {
    await sign(`${TAG}@${digest}`, ...KEY);
    const after = named();
    registry.requests.length = 0;
    for (const known of [digest, after]) {
      const again = await sign(TAG, '--expected-digest', known ?? '', ...KEY, '--format', 'json');
      expect(again.status).toBe(0);
      expect(JSON.parse(again.stdout)).toMatchObject({ changed: false, after });
    }
    expect(writes()).toEqual([]);
  });

  test('--dry-run writes nothing', async () => {
    const { status, stdout } = await sign(`${TAG}@${digest}`, ...KEY, '--dry-run');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^WOULD BE SIGNED/);
    expect(writes()).toEqual([]);
    expect(named()).toBe(digest);
  });

  test('--detached leaves the manifest alone, and says that Helm does not look there', async () => {
    const { status, stdout } = await sign(`${TAG}@${digest}`, ...KEY, '--detached');
    expect(status).toBe(0);
    expect(named()).toBe(digest);
    expect(stdout).toContain('Helm does not look');
    expect((await run(['verify', TAG, '--keyring', RELEASE_KEY])).status).toBe(0);
  });

  test('a signature by another key stays, unless --replace says so', async () => {
    const { digest: signed } = await push('1.2.3', 'app-1.2.3.tgz', true);
    const args = [`${TAG}@${signed}`, '--key', 'guarded.asc', '--passphrase-file', 'phrase.txt'];
    const refused = await sign(...args);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('sign.already_signed');
    expect(refused.stderr).toContain('--replace');
    expect(named()).toBe(signed);
    const replaced = await sign(...args, '--replace');
    expect(replaced.stderr).toBe('');
    expect(replaced.status).toBe(0);
    expect(named()).not.toBe(signed);
  });
});

describe('what is refused: 1, and nothing moves', () => {
  test('a tag alone: the digest that it names now is told, to paste, and no key is asked for', async () => {
    const { status, stdout, stderr } = await sign(TAG, '--key', 'guarded.asc');
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('sign.digest_required');
    expect(stderr).toContain(`chartseal sign ${TAG}@${digest}`);
    expect(writes()).toEqual([]);
  });

  test.each([
    ['another digest than the tag names', [`${TAG}@sha256:${'1'.repeat(64)}`], 'sign.digest_mismatch'],
    ['no tag', [`oci://registry.test/charts/app@sha256:${'1'.repeat(64)}`], 'sign.tag_required'],
    ['no chart', [`oci://registry.test/charts/none:1.2.3@sha256:${'1'.repeat(64)}`], 'chart.not_found'],
  ])('%s', async (_name, args, code) => {
    const { status, stdout, stderr } = await sign(...args, ...KEY);
    expect(stderr).toContain(`code: ${code}`);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(writes()).toEqual([]);
  });

  test('another version than the tag says', async () => {
    const wrong = await push('1.2.4', 'app-1.0.0.tgz');
    const { status, stderr } = await sign(`oci://registry.test/charts/app:1.2.4@${wrong.digest}`, ...KEY);
    expect(status).toBe(1);
    expect(stderr).toContain('chart.version_mismatch');
    expect(registry.getManifest('charts/app', '1.2.4')?.digest).toBe(wrong.digest);
  });

  test('a tag that may not move: detached mode is named', async () => {
    registry.quirks.immutableTags = 'harbor';
    const { status, stderr } = await sign(`${TAG}@${digest}`, ...KEY);
    expect(stderr).toContain('registry.tag_immutable');
    expect(stderr).toContain('--detached');
    expect(status).toBe(1);
    expect(named()).toBe(digest);
  });
});

describe('what cannot be done', () => {
  test('a registry that fails: 3, and worth another try', async () => {
    registry.quirks.status = [{ match: /manifests/, status: 503 }];
    const { status, stderr } = await sign(`${TAG}@${digest}`, ...KEY);
    expect(status).toBe(3);
    expect(stderr).toContain('retry:');
  });

  test('a registry that asks for credentials there are none of: 3', async () => {
    registry.quirks.auth = { basic: { user: 'ann', password: 'hunter2' } };
    expect((await sign(`${TAG}@${digest}`, ...KEY)).status).toBe(3);
  });

  test.each([
    ['no key', [], 'keys generate'],
    ['a file that is not there', ['--key', 'nowhere.asc'], 'nowhere.asc'],
    ['a public key', ['--key', RELEASE_KEY], 'public key'],
    ['two keys', ['--key', 'a', '--vault', 'https://vault.test'], '--vault'],
    ['a service and a key', ['--key', 'a', '--server', 'https://s.test', '--with', 'r'], '--key'],
    ['a service and no name', ['--server', 'https://s.test'], '--with'],
    ['a name and no service', ['--key', 'a', '--with', 'r'], '--server'],
    ['--yes for one chart', ['--key', 'a', '--yes'], '--all'],
    ['a vault without a certificate', ['--vault', 'https://vault.test'], '--public-key'],
  ])('%s: 2', async (_name, args, near) => {
    const { status, stdout, stderr } = await sign(`${TAG}@${digest}`, ...args);
    expect(stderr).toContain(near);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(writes()).toEqual([]);
  });
});

describe('a key with a passphrase', () => {
  const args = () => ['sign', `${TAG}@${digest}`, '--key', 'guarded.asc'];

  test('takes the first line of --passphrase-file, as Helm does; - is the standard input', async () => {
    expect((await run([...args(), '--passphrase-file', 'phrase.txt', '--dry-run'])).status).toBe(0);
    const readStdin = async () => new TextEncoder().encode(`${PASSPHRASE}\r\n`);
    const piped = await run([...args(), '--passphrase-file', '-'], { readStdin });
    expect(piped.stderr).toBe('');
    expect(piped.status).toBe(0);
  });

  test('asks at a terminal, without showing what is typed', async () => {
    const asked: unknown[] = [];
    const ask = async (...question: unknown[]) => {
      asked.push(question);
      return PASSPHRASE;
    };
    expect((await run(args(), { ask })).status).toBe(0);
    expect(asked).toEqual([['Passphrase of guarded.asc: ', { hidden: true }]]);
  });

  test('without one, or with a wrong one: 2', async () => {
    const none = await run(args());
    expect(none.status).toBe(2);
    expect(none.stderr).toContain('--passphrase-file');
    for (const ask of [async () => 'typed wrongly', async () => undefined]) {
      const { status, stderr } = await run(args(), { ask });
      expect(status).toBe(2);
      expect(stderr).toContain('sign.key_unusable');
      expect(stderr).not.toContain('typed wrongly');
    }
    const wrong = await run([...args(), '--passphrase-file', 'wrong.txt']);
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain('the passphrase does not open the key');
    expect(writes()).toEqual([]);
  });
});

describe('a key in a vault', () => {
  const transit = createTransit('ecdsa-p256');
  const fetch: typeof globalThis.fetch = (input, init) =>
    String(input).startsWith(VAULT.address) ? transit.fetch(input, init) : world.network(input, init);
  const env = { ...NO_CREDENTIALS, VAULT_TOKEN: TOKEN };
  const vault = ['--vault', VAULT.address, '--vault-key', VAULT.key];
  world.keepSecret(TOKEN);

  let made: Ran;
  beforeAll(async () => {
    const args = [...vault, '--user-id', 'Vault <v@example.com>', '--out', 'v'];
    made = await run(['keys', 'generate', ...args], { env, fetch });
  });

  test('its certificate is made, and it signs without ever being here', async () => {
    expect(made.stderr).toBe('');
    expect(made.status).toBe(0);
    expect(made.stdout).toContain('stays in the vault');
    const ran = await run(['sign', `${TAG}@${digest}`, ...vault, '--public-key', 'v.asc'], { env, fetch });
    expect(ran.stderr).toBe('');
    expect(ran.status).toBe(0);
    expect((await run(['verify', TAG, '--keyring', 'v.gpg'])).status).toBe(0);
  });

  test('no token: 2; a token that it does not take: 2; a sealed one: 3', async () => {
    const args = ['sign', `${TAG}@${digest}`, ...vault, '--public-key', 'v.asc'];
    const none = await run(args, { fetch });
    expect(none.status).toBe(2);
    expect(none.stderr).toContain('VAULT_TOKEN');
    const other = await run(args, { env: { ...env, VAULT_TOKEN: 'hvs.other' }, fetch });
    expect(other.stderr).toContain('sign.signer_refused');
    expect(other.status).toBe(2);
    transit.answer = () => Response.json({ errors: ['Vault is sealed'] }, { status: 503 });
    const sealed = await run(args, { env, fetch });
    transit.answer = undefined;
    expect(sealed.stderr).toContain('Vault is sealed');
    expect(sealed.status).toBe(3);
    expect(named()).toBe(digest);
  });
});
