import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCredentialLookup, findCredentials } from '../../src/platform/node/docker-credentials.ts';
import type { RunHelper } from '../../src/platform/node/run-helper.ts';
import { runHelper } from '../../src/platform/node/run-helper.ts';

const helm = '/home/me/.config/helm/registry/config.json';
const docker = '/home/me/.docker/config.json';
const auth = (text: string) => ({ auth: btoa(text) });
const basic = (username: string, password: string) => ({ kind: 'basic', username, password });

function find(
  host: string,
  files: Record<string, unknown>,
  options: { env?: Record<string, string>; platform?: string; execFile?: RunHelper } = {},
) {
  return findCredentials(host, {
    env: options.env ?? {},
    homedir: '/home/me',
    platform: options.platform ?? 'linux',
    readFile: async (path) => {
      const file = files[path];
      if (file === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      if (file instanceof Error) throw file;
      return new TextEncoder().encode(typeof file === 'string' ? file : JSON.stringify(file));
    },
    execFile: options.execFile ?? (() => Promise.reject(new Error('no helper expected'))),
  });
}

describe('where the files are', () => {
  const config = { auths: { 'r.test': auth('a:b') } };
  test.each([
    ['linux', {}, helm],
    ['linux', {}, docker],
    ['linux', {}, '/home/me/.config/containers/auth.json'],
    ['linux', { HELM_REGISTRY_CONFIG: '/x/y.json' }, '/x/y.json'],
    ['linux', { HELM_CONFIG_HOME: '/x' }, '/x/registry/config.json'],
    ['linux', { XDG_CONFIG_HOME: '/x' }, '/x/helm/registry/config.json'],
    ['linux', { DOCKER_CONFIG: '/x' }, '/x/config.json'],
    ['linux', { REGISTRY_AUTH_FILE: '/x/auth.json' }, '/x/auth.json'],
    ['linux', { XDG_RUNTIME_DIR: '/run/user/1' }, '/run/user/1/containers/auth.json'],
    ['darwin', {}, '/home/me/Library/Preferences/helm/registry/config.json'],
    ['win32', { APPDATA: 'C:\\data' }, 'C:\\data\\helm\\registry\\config.json'],
  ])('%s %j: %s', async (platform, env, path) => {
    expect(await find('r.test', { [path]: config }, { platform, env })).toEqual(basic('a', 'b'));
  });

  test('HELM_REGISTRY_CONFIG takes the place of the default', async () => {
    expect(await find('r.test', { [helm]: config }, { env: { HELM_REGISTRY_CONFIG: '/x' } })).toBeUndefined();
  });

  test("Helm's file wins over Docker's, which is asked where Helm's has nothing", async () => {
    const files = {
      [helm]: { auths: { 'r.test': auth('helm:1'), 'empty.test': {} } },
      [docker]: { auths: { 'r.test': auth('docker:2'), 'empty.test': auth('docker:2') } },
    };
    expect(await find('r.test', files)).toEqual(basic('helm', '1'));
    expect(await find('empty.test', files)).toEqual(basic('docker', '2'));
    expect(await find('other.test', files)).toBeUndefined();
  });
});

describe('auths', () => {
  test.each([
    ['r.test:5000', 'r.test:5000'],
    ['r.test', 'https://r.test'],
    ['r.test', 'https://r.test/v2/'],
    ['r.test', 'r.test:443'],
    ['docker.io', 'https://index.docker.io/v1/'],
    ['docker.io', 'docker.io'],
    ['docker.io', 'registry-1.docker.io'],
  ])('%s by the key %s', async (host, key) => {
    expect(await find(host, { [docker]: { auths: { [key]: auth('a:b') } } })).toEqual(basic('a', 'b'));
  });

  test.each([
    ['r.test', 'r.test:5000'],
    ['r.test', 'r.test.evil.test'],
    ['r.test', 'https://evil.test/r.test'],
    ['r.test', 'r.test/namespace'],
    ['constructor', 'x'],
  ])('%s not by the key %s', async (host, key) => {
    expect(await find(host, { [docker]: { auths: { [key]: auth('a:b') } } })).toBeUndefined();
  });

  test('passwords with colons, other letters and Docker’s padding; identity tokens; bare fields', async () => {
    const entry = (value: unknown) => find('r.test', { [docker]: { auths: { 'r.test': value } } });
    expect(await entry({ auth: Buffer.from('me:a:ü\0\0').toString('base64') })).toEqual(basic('me', 'a:ü'));
    expect(await entry({ ...auth('me:'), identitytoken: 'tok' })).toEqual({
      kind: 'identityToken',
      token: 'tok',
    });
    expect(await entry({ username: 'me', password: 'x' })).toEqual(basic('me', 'x'));
    expect(await entry({ email: 'x@example.com' })).toBeUndefined();
    expect(await entry(null)).toBeUndefined();
  });
});

describe('a broken file is named, its content is not', () => {
  test.each([
    ['{"auths": {"r.test": "hunter2"', 'not JSON'],
    ['["hunter2"]', 'not a JSON object'],
    ['{"auths": "hunter2"}', '"auths"'],
    ['{"credHelpers": {"r.test": {"hunter2": 1}}}', '"credHelpers"'],
    ['{"credsStore": ["hunter2"]}', '"credsStore"'],
    ['{"auths": {"r.test": "hunter2"}}', 'r.test'],
    ['{"auths": {"r.test": {"auth": "%%hunter2"}}}', 'r.test'],
    [`{"auths": {"r.test": {"auth": "${btoa('hunter2')}"}}}`, 'r.test'],
    [JSON.stringify({ credsStore: '../hunter' }), 'no name'],
    [Object.assign(new Error('hunter2'), { code: 'EACCES' }), 'EACCES'],
    [' '.repeat(1024 * 1024 + 1), 'larger than'],
  ])('%.60s', async (file, words) => {
    const error = await find('r.test', { [docker]: file }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'config.invalid', retryable: false });
    expect(String(error)).toContain(docker);
    expect(String(error)).toContain(words);
    expect(`${String(error)} ${String((error as Error).cause)}`).not.toContain('hunter2');
  });

  test('an empty file is none', async () => {
    expect(await find('r.test', { [docker]: '' })).toBeUndefined();
  });
});

describe('credential helpers', () => {
  const answering =
    (stdout: string, code = 0, calls: unknown[] = []): RunHelper =>
    async (file, args, options) => {
      calls.push([file, args, options.input]);
      return { code, stdout };
    };
  const good = JSON.stringify({ ServerURL: 'r.test', Username: 'me', Secret: 's3cret' });

  test('credHelpers of the host, else credsStore, are asked for the server', async () => {
    const calls: unknown[] = [];
    const execFile = answering(good, 0, calls);
    const files = {
      [docker]: { credHelpers: { 'r.test': 'ecr-login' }, credsStore: 'desktop', auths: { 'r.test': {} } },
    };
    expect(await find('r.test', files, { execFile })).toEqual(basic('me', 's3cret'));
    expect(await find('docker.io', files, { execFile })).toEqual(basic('me', 's3cret'));
    expect(calls).toEqual([
      ['docker-credential-ecr-login', ['get'], 'r.test'],
      ['docker-credential-desktop', ['get'], 'https://index.docker.io/v1/'],
    ]);
  });

  test('<token> marks an identity token', async () => {
    const execFile = answering(JSON.stringify({ Username: '<token>', Secret: 'tok' }));
    expect(await find('r.test', { [docker]: { credsStore: 'x' } }, { execFile })).toEqual({
      kind: 'identityToken',
      token: 'tok',
    });
  });

  test('a helper that has none leaves it to the next file', async () => {
    const execFile = answering('credentials not found in native keychain\n', 1);
    const files = { [helm]: { credsStore: 'x' }, [docker]: { auths: { 'r.test': auth('a:b') } } };
    expect(await find('r.test', files, { execFile })).toEqual(basic('a', 'b'));
  });

  test.each([
    [answering('secret words', 1), 'failed (exit status 1)'],
    [answering('secret words'), 'did not answer with JSON'],
    [answering('{"secret words":1}'), 'did not answer with Username and Secret'],
    [() => Promise.reject(Object.assign(new Error('x'), { code: 'ENOENT' })), 'is not installed'],
    [() => Promise.reject(Object.assign(new Error('x'), { code: 'ETIMEDOUT' })), 'did not answer within'],
    [() => Promise.reject(Object.assign(new Error('x'), { code: 'EMSGSIZE' })), 'printed more than'],
  ] as [RunHelper, string][])(
    'failures name helper and file, not what was printed (%#)',
    async (execFile, words) => {
      const error = await find('r.test', { [docker]: { credsStore: 'x' } }, { execFile }).catch(
        (e: unknown) => e,
      );
      expect(error).toMatchObject({ code: 'config.invalid' });
      expect(String(error)).toContain('docker-credential-x');
      expect(String(error)).toContain(docker);
      expect(String(error)).toContain(words);
      expect(String(error)).not.toContain('secret words');
    },
  );
});

describe.skipIf(process.platform === 'win32')('real programs', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chartseal-'));
    const script = async (name: string, text: string) => {
      await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`);
      await chmod(join(folder, name), 0o755);
    };
    await script(
      'docker-credential-test',
      'read server; echo x >> "$CALLS"; printf \'{"Username":"%s","Secret":"%s"}\' "$1" "$server"',
    );
    await script('hang', 'sleep 1000');
    await script('flood', 'while :; do echo 0123456789; done');
    await script('deaf', 'exec 0<&-; exit 3');
  });
  afterAll(() => rm(folder, { recursive: true }));
  const options = { input: 'x\n', env: process.env, timeoutMs: 10_000, maxBytes: 1000 };

  test('time and output are bounded; input may go unread', async () => {
    await expect(runHelper(join(folder, 'hang'), [], { ...options, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'ETIMEDOUT',
    });
    await expect(runHelper(join(folder, 'flood'), [], options)).rejects.toMatchObject({ code: 'EMSGSIZE' });
    await expect(runHelper(join(folder, 'none'), [], options)).rejects.toMatchObject({ code: 'ENOENT' });
    const input = 'x'.repeat(1_000_000);
    expect(await runHelper(join(folder, 'deaf'), [], { ...options, input })).toEqual({ code: 3, stdout: '' });
  });

  test('the lookup of this machine runs a helper once a minute', async () => {
    await writeFile(join(folder, 'config.json'), JSON.stringify({ credHelpers: { 'r.test': 'test' } }));
    const calls = join(folder, 'calls');
    let now = 0;
    const lookup = createCredentialLookup({
      env: { PATH: `${folder}:${process.env.PATH}`, HOME: folder, DOCKER_CONFIG: folder, CALLS: calls },
      clock: () => now,
    });
    for (const at of [0, 59_999, 60_000]) {
      now = at;
      expect(await lookup('r.test')).toEqual(basic('get', 'r.test'));
    }
    const { readFile } = await import('node:fs/promises');
    expect(await readFile(calls, 'utf8')).toBe('x\nx\n');
    expect(await lookup('other.test')).toBeUndefined();
  });
});
