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

  test('a file, a half or a kind of key that does not fit: what to give instead', async () => {
    const there = await directory({
      'pgp.asc':
        '-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nAAAA\n=AAAA\n-----END PGP PRIVATE KEY BLOCK-----\n',
      'private.key': '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
    });
    const options = { cwd: there.path, fetch: refuse };
    const chart = 'oci://registry.example.com/app:1.2.3';
    const digest = `sha256:${'0'.repeat(64)}`;
    for (const [argv, expected] of [
      [['verify', chart, '--cosign-key', 'no.pub'], /^error: --cosign-key no\.pub: there is no such file\n/],
      [
        ['verify', chart, '--cosign-key', 'private.key', '--trusted-root', 'no.json'],
        /private key.*\n.*\n {2}help: Give cosign\.pub; "cosign public-key/,
      ],
      [
        ['verify', chart, '--issuer', 'https://a.test', '--subject', 'b', '--trusted-root', 'no.json'],
        /^error: --trusted-root no\.json: there is no such file\n/,
      ],
      [['sign', `${chart}@${digest}`, '--cosign-key', 'pgp.asc'], /a key of PGP\n.*\n {2}help: .*--key FILE/],
      [['sign', `${chart}@${digest}`, '--cosign-key', 'awskms:///alias/x'], /help: .*hashivault:\/\/NAME/],
    ] as const) {
      const { status, stderr } = await cli(argv as unknown as string[], options);
      expect([status, stderr]).toEqual([2, expect.stringMatching(expected)]);
    }
    await there.done();
  });

  test.each([
    [['verify', 'oci://a.test/b', '--policy', 'one', '--policy', 'two'], '--policy is given twice'],
    [['verify', 'oci://a.test/b', '-a', 'env=prod', '--annotation', 'env=test'], '--annotation env'],
    [['verify', 'oci://a.test/b', '--issuer', 'x', '--subject', 'a', '--subject', 'b'], '--subject'],
    [['policy', 'test', 'oci://a.test/b', '--config', 'a.yaml', '--config=b.yaml'], '--config'],
  ])('an option of which only the last would count: %j', async (argv, found) => {
    const signer = argv.includes('--annotation') ? ['--cosign-key', 'x.pub'] : [];
    const { status, stderr } = await cli([...argv, ...signer], { fetch: refuse });
    expect([status, stderr]).toEqual([2, expect.stringContaining(found)]);
    expect(stderr).toMatch(/help: See: chartseal (verify|policy test) --help/);
  });

  test('the same option twice with one value is no contradiction', async () => {
    const { stderr } = await cli([
      'verify',
      'no.tgz',
      '--keyring',
      RELEASE_KEY,
      '--format',
      'json',
      '--format=json',
    ]);
    expect(stderr).toContain('no such file');
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
