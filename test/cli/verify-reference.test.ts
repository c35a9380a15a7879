import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { serveHandler } from '../../src/platform/node/serve-handler.ts';
import { createHelmRekor, helmBody, REKOR } from '../support/helm-log.ts';
import {
  cli,
  directory,
  fixture,
  NO_CREDENTIALS,
  RELEASE_KEY,
  STRANGER_KEY,
  servedRegistry,
} from './support.ts';

let served: Awaited<ReturnType<typeof servedRegistry>>;
beforeAll(async () => {
  served = await servedRegistry();
});
afterAll(() => served.server.close());
afterEach(() => {
  served.registry.reset();
});

const reference = (path: string) => `oci://${served.host}/${path}`;
const verify = (path: string, ...more: string[]) =>
  cli(['verify', reference(path), '--plain-http', '--keyring', RELEASE_KEY, ...more]);

describe('verdict and exit status', () => {
  test('a good chart: 0, the report on stdout, nothing on stderr, two registry requests', async () => {
    const { status, stdout, stderr } = await verify('charts/app:1.2.3');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ALLOW {2}oci:\/\//);
    expect(served.registry.count()).toBe(2);
  });

  test.each([
    ['tampered/app:1.2.3', 'pgp.digest_mismatch'],
    ['stranger/app:1.2.3', 'pgp.untrusted_key'],
    ['unsigned/app:1.2.3', 'pgp.provenance_missing'],
    ['retagged/app:1.2.4', 'chart.version_mismatch'],
  ])('%s: 1, for the reason %s with a remedy', async (path, code) => {
    const { status, stdout, stderr } = await verify(path, '--format', 'json');
    expect(stderr).toBe('');
    expect(status).toBe(1);
    const report = JSON.parse(stdout);
    expect(report.verdict).toBe('deny');
    const reason = report.reasons.find((found: { code: string }) => found.code === code);
    expect(reason?.message).toBeTruthy();
    expect(reason?.help).toBeTruthy();
  });

  test('the report to read: whose policy it is, and what each client would say in one column', async () => {
    const key = new URL('../fixtures/keys/cosign.pub', import.meta.url).pathname;
    const { stdout } = await verify('unsigned/app:1.2.3', '--cosign-key', key);
    expect(stdout).toContain('\n  policy    (command line) (enforce): deny\n');
    const columns = [...stdout.matchAll(/^ {2}(?:helm|cosign) .*?(?=refuse)/gm)].map(
      ([before]) => before.length,
    );
    expect([columns.length, new Set(columns).size]).toEqual([4, 1]);
  });

  test('a key that has expired since: allowed, and it is said what newer Helm will say', async () => {
    const keyring = new URL('../fixtures/keys/expired.asc', import.meta.url).pathname;
    const { status, stdout } = await cli([
      'verify',
      reference('expired/app:1.2.3'),
      '--plain-http',
      '--keyring',
      keyring,
    ]);
    expect(stdout).toContain('pgp.key_expired');
    expect(stdout).toContain('openpgp: key expired');
    expect(status).toBe(0);
  });

  test('a chart that does not exist: 1, an error and no report', async () => {
    const { status, stdout, stderr } = await verify('charts/app:9.9.9');
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error: .*\n {2}code: chart\.not_found\n {2}help: /);
  });

  test('a registry that asks for credentials there are none of: 3', async () => {
    served.registry.quirks.auth = { basic: { user: 'ann', password: 'hunter2' } };
    const { status, stdout } = await verify('charts/app:1.2.3');
    expect(status).toBe(3);
    expect(stdout).toMatch(/^INCONCLUSIVE/);
    expect(stdout).toContain('registry.unauthorized');
  });

  test('a registry that never answers: 3, and worth another try', async () => {
    const there = await directory({ 'release.asc': await fixture('release.asc') });
    await directoryConfig(there.path, 'limits: { requestTimeoutMs: 100, overallTimeoutMs: 200, retries: 0 }');
    served.registry.quirks.stall = true;
    const { status, stdout } = await cli(
      ['verify', reference('charts/app:1.2.3'), '--plain-http', '--format', 'json'],
      { cwd: there.path },
    );
    expect(status).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'inconclusive', retryable: true });
    await there.done();
  });
});

describe('whom to trust', () => {
  test('neither --keyring nor ./chartseal.yaml: 2, with both remedies', async () => {
    const there = await directory();
    const { status, stdout, stderr } = await cli(['verify', reference('charts/app:1.2.3')], {
      cwd: there.path,
    });
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('--keyring FILE');
    expect(stderr).toContain('chartseal init');
    expect(served.registry.count()).toBe(0);
    await there.done();
  });

  test('./chartseal.yaml is read when nothing is said, and only then', async () => {
    const there = await directory({ 'release.asc': await fixture('release.asc') });
    await directoryConfig(there.path);
    const args = ['verify', reference('charts/app:1.2.3'), '--plain-http', '--format', 'json'];
    const byFile = await cli(args, { cwd: there.path });
    expect(byFile.status).toBe(0);
    expect(JSON.parse(byFile.stdout).policy).toMatchObject({ name: 'here', chosenBy: 'match' });
    const byKeyring = await cli([...args, '--keyring', STRANGER_KEY], { cwd: there.path });
    expect(byKeyring.status).toBe(1);
    expect(JSON.parse(byKeyring.stdout).policy).toMatchObject({ chosenBy: 'keyring' });
    await there.done();
  });

  test('a transparency log that the configuration names is asked', async () => {
    const log = await createHelmRekor();
    const server = await serveHandler((request) =>
      log.host.fetch(new Request(new URL(new URL(request.url).pathname, REKOR), request)),
    );
    log.log(await helmBody());
    const transparencyLog = { rekor: server.url, root: 'root.json', require: true };
    const there = await directory({
      'root.json': log.rootJson,
      'chartseal.yaml': JSON.stringify({
        trust: { release: { pgp: RELEASE_KEY, transparencyLog } },
        policies: [{ name: 'logged', match: ['**'], require: 'release' }],
      }),
    });
    try {
      const args = ['verify', reference('charts/app:1.2.3'), '--plain-http'];
      const { status, stdout } = await cli(args, { cwd: there.path });
      expect([status, stdout]).toEqual([0, expect.stringContaining('sigstore.chart_logged')]);
      expect(log.asked).toHaveLength(2);
    } finally {
      await there.done();
      await server.close();
    }
  });

  test('--keyring and --config: both must allow', async () => {
    const there = await directory({ 'release.asc': await fixture('release.asc') });
    await directoryConfig(there.path);
    const args = ['verify', reference('charts/app:1.2.3'), '--plain-http', '--config', 'chartseal.yaml'];
    expect((await cli([...args, '--keyring', RELEASE_KEY], { cwd: there.path })).status).toBe(0);
    const { status, stdout } = await cli([...args, '--keyring', STRANGER_KEY, '--format', 'json'], {
      cwd: there.path,
    });
    expect(status).toBe(1);
    const verdicts = JSON.parse(stdout).policies.map((policy: { verdict: string }) => policy.verdict);
    expect(verdicts).toEqual(['allow', 'deny']);
    await there.done();
  });

  test('several keyrings: a signature by a key of any is enough', async () => {
    expect((await verify('charts/app:1.2.3', '--keyring', STRANGER_KEY)).status).toBe(0);
    expect((await verify('stranger/app:1.2.3', '--keyring', STRANGER_KEY)).status).toBe(0);
  });

  test('a policy that only warns: 0, and the verdict on stderr too', async () => {
    const there = await directory({ 'release.asc': await fixture('release.asc') });
    await directoryConfig(there.path, '', 'warn');
    const { status, stdout, stderr } = await cli(
      ['verify', reference('unsigned/app:1.2.3'), '--plain-http'],
      {
        cwd: there.path,
      },
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(/^DENY/);
    expect(stderr).toMatch(/verdict is deny.*warn/);
    await there.done();
  });

  test('a keyring that is not there, or is none: 2, the file named', async () => {
    const there = await directory({ 'notes.txt': 'hello', 'empty.asc': '' });
    for (const name of ['nothing.asc', 'notes.txt', 'empty.asc']) {
      const { status, stdout, stderr } = await cli(
        ['verify', reference('charts/app:1.2.3'), '--keyring', name],
        { cwd: there.path },
      );
      expect(status, name).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toContain(name);
      expect(stderr).toMatch(/\n {2}code: (file\.unreadable|keyring\.(invalid|empty))\n {2}help: .*gpg/);
    }
    expect(served.registry.count()).toBe(0);
    await there.done();
  });
});

describe('--version is the version of the chart', () => {
  test('a version, a version with build metadata, a range', async () => {
    expect((await verify('charts/app', '--version', '1.2.3')).status).toBe(0);
    expect((await verify('charts/app', '--version', '1.2.3+build.7')).status).toBe(0);
    const { status, stdout } = await verify('charts/app', '--version', '~1.0', '--format', 'json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout).subject.chart.version).toBe('1.0.0');
  });

  test('another version than the tag: 2', async () => {
    const { status, stderr } = await verify('charts/app:1.2.3', '--version', '1.0.0');
    expect(status).toBe(2);
    expect(stderr).toContain('reference.version_mismatch');
  });

  test('no such version: 1; no version at all: 2', async () => {
    const none = await verify('charts/app', '--version', '^7');
    expect(none.status).toBe(1);
    expect(none.stderr).toContain('chart.no_matching_version');
    const bad = await verify('charts/app', '--version', 'newest!');
    expect(bad.status).toBe(2);
    expect(bad.stderr).toContain('reference.version_invalid');
  });
});

describe('what it needs to be told', () => {
  test('plain HTTP is spoken only with --plain-http', async () => {
    const { status } = await cli(['verify', reference('charts/app:1.2.3'), '--keyring', RELEASE_KEY]);
    expect(status).toBe(3);
    expect(served.registry.requests).toEqual([]);
  });

  test.each([
    [['--depth', 'deep'], '--depth'],
    [['--format', 'xml'], '--format'],
    [['--provenance', 'x.prov'], '--provenance'],
    [['--reference', 'oci://a.example/b'], '--reference'],
    [['--colour'], '--colour'],
    [['--server', 'https://chartseal.example.com'], '--keyring'],
  ])('%j: 2, and it says which', async (args, named) => {
    const { status, stdout, stderr } = await verify('charts/app:1.2.3', ...args);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error: /);
    expect(stderr).toContain(named);
    expect(stderr).toContain('usage.invalid');
  });
});

describe('credentials', () => {
  const auth = Buffer.from('ann:hunter2').toString('base64');

  test("are found in Docker's config.json and shown nowhere", async () => {
    const there = await directory({ 'config.json': JSON.stringify({ auths: { [served.host]: { auth } } }) });
    served.registry.quirks.auth = { basic: { user: 'ann', password: 'hunter2' } };
    for (const format of ['text', 'json', 'markdown']) {
      const { status, stdout, stderr } = await cli(
        [
          'verify',
          reference('charts/app:1.2.3'),
          '--plain-http',
          '--keyring',
          RELEASE_KEY,
          '--format',
          format,
        ],
        { env: { HELM_REGISTRY_CONFIG: `${there.path}/config.json`, DOCKER_CONFIG: there.path } },
      );
      expect(status).toBe(0);
      for (const secret of ['hunter2', auth]) expect(stdout + stderr).not.toContain(secret);
    }
    await there.done();
  });

  test('a credential helper that is not installed: 2, and which', async () => {
    const there = await directory({ 'config.json': '{"credsStore":"that-nobody-has"}' });
    served.registry.quirks.auth = { basic: { user: 'ann', password: 'hunter2' } };
    const { status, stderr } = await cli(
      ['verify', reference('charts/app:1.2.3'), '--plain-http', '--keyring', RELEASE_KEY],
      { env: { ...NO_CREDENTIALS, DOCKER_CONFIG: there.path } },
    );
    expect(status).toBe(2);
    expect(stderr).toContain('docker-credential-that-nobody-has');
    await there.done();
  });

  test('wrong ones: 3, and it says what to check', async () => {
    const there = await directory({ 'config.json': JSON.stringify({ auths: { [served.host]: { auth } } }) });
    served.registry.quirks.auth = { basic: { user: 'ann', password: 'another' } };
    const { status, stdout, stderr } = await cli(
      ['verify', reference('charts/app:1.2.3'), '--plain-http', '--keyring', RELEASE_KEY],
      { env: { DOCKER_CONFIG: there.path, HELM_REGISTRY_CONFIG: '/nonexistent' } },
    );
    expect(status).toBe(3);
    expect(stdout).toContain('registry.unauthorized');
    expect(stdout).toMatch(/credentials/i);
    for (const secret of ['hunter2', auth, 'another']) expect(stdout + stderr).not.toContain(secret);
    await there.done();
  });
});

describe('a registry with a private CA', () => {
  test('is believed with --ca-file only', async () => {
    const tls = (name: string) => new URL(`../fixtures/tls/${name}`, import.meta.url).pathname;
    const [cert, key] = await Promise.all([
      readFile(tls('server.pem'), 'utf8'),
      readFile(tls('server-key.pem'), 'utf8'),
    ]);
    const server = await serveHandler((request) => served.registry.fetch(request), { tls: { cert, key } });
    const args = ['verify', `oci://${new URL(server.url).host}/charts/app:1.2.3`, '--keyring', RELEASE_KEY];
    const good = await cli([...args, '--ca-file', tls('ca.pem')]);
    expect(good.stdout).toMatch(/^ALLOW/);
    const unknown = await cli(args);
    expect(unknown.status).toBe(3);
    expect(unknown.stdout).toMatch(/^INCONCLUSIVE/);
    const none = await cli([...args, '--ca-file', RELEASE_KEY]);
    expect(none.status).toBe(2);
    expect(none.stderr).toContain('--ca-file');
    await server.close();
  });
});

describe('colours', () => {
  test('on a terminal only, and not with NO_COLOR', async () => {
    const args = ['verify', reference('charts/app:1.2.3'), '--plain-http', '--keyring', RELEASE_KEY];
    expect((await cli(args)).stdout).not.toContain('\u001b[');
    expect((await cli(args, { terminal: true })).stdout).toContain('\u001b[32m');
    expect((await cli(args, { terminal: true, env: { NO_COLOR: '1' } })).stdout).not.toContain('\u001b[');
    expect((await cli([...args, '--format', 'json'], { terminal: true })).stdout).not.toContain('\u001b[');
  });
});

async function directoryConfig(path: string, more = '', mode = 'enforce'): Promise<void> {
  await writeFile(
    `${path}/chartseal.yaml`,
    `trust: { team: { pgp: release.asc } }
policies: [{ name: here, match: ["**"], require: team, mode: ${mode} }]
callers: { ci: { token: { secret: CI_TOKEN_THAT_IS_NOT_SET } } }
${more}
`,
  );
}
