import { describe, expect, test } from 'vitest';
import { cli, directory, RELEASE_KEY } from './support.ts';

// Nothing here may ask anybody.
const refuse: typeof fetch = async () => {
  throw new Error('asked');
};

describe('typing errors in what is to be verified: 2, what was found, what to write instead', () => {
  test.each([
    [
      'https://registry.example.com/charts/app:1.2.3',
      'web address',
      'oci://registry.example.com/charts/app:1.2.3',
    ],
    ['http://127.0.0.1:5000/app:1.2.3', 'web address', '--plain-http'],
    ['https://charts.example.com/app-1.2.3.tgz', 'web address', 'helm pull --prov'],
    ['registry.example.com/charts/app:1.2.3', 'no "oci://"', 'oci://registry.example.com/charts/app:1.2.3'],
    ['localhost:5000/app', 'no "oci://"', 'oci://localhost:5000/app'],
    ['oci:/registry.example.com/app', 'instead of "oci://"', 'oci://registry.example.com/app'],
    ['docker://registry.example.com/app', 'docker://', 'oci://'],
    ['oci://registry.example.com/Charts/app:1.2.3', 'upper-case', 'lower case: charts'],
    ['oci://registry.example.com', 'repository', 'oci://HOST/REPOSITORY'],
    ['oci://registry.example.com/app:', 'no tag', 'tag'],
    ['oci://registry.example.com/app:^1.2', '^1.2', 'version'],
    ['oci://registry.example.com/app@sha256:123', 'sha256', 'help: '],
    ['oci://registry.example.com/app:sha256:abc', 'digest', '@'],
    ['bitnami/nginx', 'neither a reference', 'oci://'],
    ['./charts/app-1.2.3.tgz', 'no such file', 'path'],
    ['app-1.2.3.tgz', 'no such file', 'path'],
    ['', 'neither', 'oci://'],
  ])('%j', async (text, found, remedy) => {
    const { status, stdout, stderr } = await cli(['verify', text, '--keyring', RELEASE_KEY], {
      fetch: refuse,
    });
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(found);
    expect(stderr).toContain(remedy);
    expect(stderr).toMatch(/^error: .+\n {2}code: (reference\.invalid|file\.unreadable)\n {2}help: .+\n$/);
  });

  test('a directory, and a provenance file instead of the archive', async () => {
    const there = await directory({ 'app-1.2.3.tgz.prov': 'x' });
    const dir = await cli(['verify', '.', '--keyring', RELEASE_KEY], { cwd: there.path });
    expect(dir.stderr).toContain('helm package');
    const prov = await cli(['verify', 'app-1.2.3.tgz.prov', '--keyring', RELEASE_KEY], { cwd: there.path });
    expect(prov.stderr).toContain('verify app-1.2.3.tgz\n');
    expect([dir.status, prov.status]).toEqual([2, 2]);
    await there.done();
  });

  test('a key of cosign where one of PGP is meant, and the other way round', async () => {
    const there = await directory({
      'cosign.pub': '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n',
      'cosign.key':
        '-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n',
    });
    const options = { cwd: there.path, fetch: refuse };
    const chart = 'oci://registry.example.com/app:1.2.3';
    const digest = `sha256:${'0'.repeat(64)}`;
    const ran = [
      await cli(['verify', chart, '--keyring', 'cosign.pub'], options),
      await cli(['verify', chart, '--cosign-key', RELEASE_KEY], options),
      await cli(['sign', `${chart}@${digest}`, '--key', 'cosign.key'], options),
    ];
    expect(ran.map(({ status }) => status)).toEqual([2, 2, 2]);
    const remedies = ['help: .*--cosign-key', 'help: .*--keyring', 'help: .*--cosign-key FILE'];
    for (const [at, remedy] of remedies.entries()) expect(ran[at]?.stderr).toMatch(new RegExp(remedy));
    await there.done();
  });

  test('control characters of the command line do not reach the terminal', async () => {
    const { stderr } = await cli(['verify', 'oci://registry.example.com/\u001b[31mapp\u202e:1']);
    expect(stderr).not.toContain('\u001b');
    expect(stderr).not.toContain('\u202e');
  });

  test('a password before the host is not repeated', async () => {
    const { status, stderr } = await cli(['verify', 'oci://ann:hunter2@registry.example.com/app:1']);
    expect(status).toBe(2);
    expect(stderr).toContain('credentials');
    expect(stderr).not.toContain('hunter2');
  });
});

describe('typing errors in the configuration: 2, every problem with its field', () => {
  test('unknown key, bad value, unknown trust name, missing key file', async () => {
    const there = await directory({
      'chartseal.yaml': `registry: []
trust: { team: { pgp: nothing.asc } }
policies:
  - { name: here, match: ["**"], require: teem, mode: warm }
`,
    });
    const { status, stderr } = await cli(['verify', 'oci://registry.example.com/app:1'], {
      cwd: there.path,
      fetch: refuse,
    });
    expect(status).toBe(2);
    expect(stderr).toContain('config.invalid');
    for (const part of ['registry', 'policies[0].mode', '"warm"', 'trust.team.pgp', 'nothing.asc']) {
      expect(stderr).toContain(part);
    }
    await there.done();
  });

  test('no such configuration', async () => {
    const { status, stderr } = await cli([
      'verify',
      'oci://registry.example.com/app:1',
      '--config',
      'no.yaml',
    ]);
    expect(status).toBe(2);
    expect(stderr).toContain('no.yaml');
    expect(stderr).toContain('chartseal init');
  });
});
