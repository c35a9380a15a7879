import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PUBLIC_GOOD, publicGoodWith } from '../support/trusted-roots.ts';
import { createTufRepository, MIRROR, makeKey, type TufRepository, text } from '../support/tuf-repository.ts';
import { cli, directory, fixture } from './support.ts';

let there: Awaited<ReturnType<typeof directory>>;
let repository: TufRepository;
beforeEach(async () => {
  repository = createTufRepository({ targets: { 'trusted_root.json': publicGoodWith(1) } });
  there = await directory({ 'root.json': repository.root, 'nonsense.json': '{}' });
});
afterEach(() => there.done());

const run = (...argv: string[]) =>
  cli(argv, { cwd: there.path, fetch: repository.fetch as unknown as typeof fetch });
const refresh = (...more: string[]) =>
  run('trust', 'refresh', '--mirror', MIRROR, '--root', 'root.json', '--out', 'out/trusted.json', ...more);
const written = async (name: string) => new Uint8Array(await readFile(join(there.path, name)));

describe('chartseal trust refresh', () => {
  test('writes the newest trusted root, and says what vouches for it', async () => {
    repository.publishRoot();
    const { status, stdout, stderr } = await refresh();
    expect(stderr).toBe('wrote out/trusted.json\n');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^trusted root {2}sha256:[0-9a-f]{64}, which is new\n/);
    expect(stdout).toContain('until 2026-12-24T00:00:00.000Z (timestamp 1, snapshot 1, targets 1)');
    expect(stdout).toContain('TUF root      version 2, until 2026-12-24T00:00:00.000Z');
    expect(await written('out/trusted.json')).toEqual(publicGoodWith(1));
  });

  test('writes nothing when it is the one that is there, and the TUF root where it is asked for', async () => {
    await refresh();
    const { stdout, stderr } = await refresh('--root-out', 'root.json');
    expect(stdout).toContain(', unchanged');
    expect(stderr).toBe('wrote root.json\n');
    expect(await written('root.json')).toEqual(repository.root);
  });

  test('--format json', async () => {
    const { stdout } = await refresh('--format', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ changed: true, versions: { root: 1, targets: 1 } });
  });

  test('1 for what does not hold, 3 for a mirror that fails or is stale; the file stays as it is', async () => {
    await refresh();
    const before = await written('out/trusted.json');
    repository.roles.targets.signers = [makeKey(), makeKey()];
    repository.publish({ 'trusted_root.json': publicGoodWith(2) });
    const unsigned = await refresh();
    expect([unsigned.status, unsigned.stdout]).toEqual([1, '']);
    expect(unsigned.stderr).toContain('code: tuf.unsigned');

    repository.roles.targets.signers = undefined;
    repository.roles.timestamp.expires = '2026-11-01T00:00:00Z';
    repository.publish();
    expect((await refresh()).status).toBe(3);

    repository.answers.set('timestamp.json', () => Promise.reject(new TypeError('fetch failed')));
    const down = await refresh();
    expect(down.status).toBe(3);
    expect(down.stderr).toContain('TUF mirror tuf.example.com, timestamp.json: the connection failed');

    repository.answers.clear();
    repository.roles.timestamp.expires = '2027-01-01T00:00:00Z';
    repository.publish({ 'trusted_root.json': text('{}') });
    expect((await refresh()).stderr).toContain('code: sigstore.root_invalid');
    expect(await written('out/trusted.json')).toEqual(before);
  });

  test('2 for a mirror without TLS, a TUF root that is none, and a file that cannot be written', async () => {
    expect((await run('trust', 'refresh', '--mirror', 'tuf.example.com')).status).toBe(2);
    const nonsense = await run('trust', 'refresh', '--mirror', MIRROR, '--root', 'nonsense.json');
    expect(nonsense.status).toBe(2);
    expect(nonsense.stderr).toContain('--root nonsense.json is no TUF root');
    const taken = await run(
      'trust',
      'refresh',
      '--mirror',
      MIRROR,
      '--root',
      'root.json',
      '--out',
      'root.json/x',
    );
    expect(taken.status).toBe(2);
    expect(taken.stderr).toContain('--out root.json/x');
    const plain = await run('trust', 'refresh', '--mirror', 'http://tuf.example.com');
    expect([plain.status, plain.stderr.includes('allowed is an https URL')]).toEqual([2, true]);
  });

  test('of another instance does not begin with the public-good TUF root', async () => {
    repository.files.set('17.root.json', repository.root);
    const { status, stderr } = await run('trust', 'refresh', '--mirror', MIRROR, '--out', 'x.json');
    expect(status).toBe(1);
    expect(stderr).toContain('version 16 of the TUF root does not accept its signatures');
  });
});

describe('chartseal trust show', () => {
  test('says in words whom a trusted root trusts', async () => {
    const { status, stdout } = await run('trust', 'show');
    expect(status).toBe(0);
    expect(stdout).toContain('https://rekor.sigstore.dev: ECDSA P-256, since 2021-01-12');
    expect(stdout).toContain('https://log2025-1.rekor.sigstore.dev: Ed25519, since 2025-09-23');
    expect(stdout).toContain(
      'https://fulcio.sigstore.dev: sigstore, sigstore.dev, from 2021-03-07 until 2022-12-31 (over)',
    );
    expect(stdout).toContain('certificate O=sigstore.dev, CN=sigstore-intermediate, until 2031-10-05');
  });

  test('of a file, also as JSON, and makes what stands in it harmless', async () => {
    const root = JSON.parse(new TextDecoder().decode(PUBLIC_GOOD));
    root.tlogs[0].baseUrl = 'https://evil\u001b[31m.example\u202e';
    root.tlogs[0].publicKey.validFor.start = '2030-01-01T00:00:00Z';
    await writeFile(join(there.path, 'mine.json'), JSON.stringify(root));
    const { stdout } = await run('trust', 'show', 'mine.json');
    expect(stdout).not.toMatch(/[\u001b\u202e]/);
    expect(stdout).toContain('not before 2030-01-01');
    const json = await run('trust', 'show', 'mine.json', '--format', 'json');
    expect(json.stdout).not.toMatch(/[\u001b\u202e]/);
    expect(JSON.parse(json.stdout)).toMatchObject({ tlogs: [{ state: 'not yet' }, { state: 'valid' }] });
  });

  test('2 for one that no verification would use, which says why', async () => {
    const root = JSON.parse(new TextDecoder().decode(PUBLIC_GOOD));
    delete root.tlogs[0].publicKey.validFor;
    await writeFile(join(there.path, 'mine.json'), JSON.stringify(root));
    const { status, stdout, stderr } = await run('trust', 'show', 'mine.json');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('tlogs[0] does not say since when it is valid');
  });

  test('2 for what is none', async () => {
    for (const content of [
      '',
      '[]',
      'null',
      '{"tlogs":5}',
      '{"certificateAuthorities":[{"certChain":{"certificates":[{"rawBytes":"AAAA"}]}}]}',
    ]) {
      await writeFile(join(there.path, 'x.json'), content);
      const { status, stderr } = await run('trust', 'show', 'x.json');
      expect([content, status]).toEqual([content, 2]);
      expect(stderr).toContain('sigstore.root_invalid');
      expect(stderr).toContain('error: x.json: the trusted root cannot be used');
    }
    expect((await run('trust', 'show', 'none.json')).stderr).toContain('there is no such file');
    expect((await run('trust')).status).toBe(2);
  });
});

test('bundle-config takes along the public-good root where it is used, and what the refresh begins with', async () => {
  await writeFile(join(there.path, 'release.asc'), await fixture('release.asc'));
  const config = {
    registries: [{ host: 'registry.example.com' }],
    trust: { team: { pgp: 'release.asc' } },
    policies: [{ name: 'all', match: ['**'], require: 'team' }],
    access: { verify: 'anyone' },
  };
  const bundle = async (sigstore?: object) => {
    await writeFile(join(there.path, 'chartseal.yaml'), JSON.stringify({ ...config, sigstore }));
    const { stdout } = await run('bundle-config');
    const { bundledConfig } = await import(`data:text/javascript,${encodeURIComponent(stdout)}`);
    return Object.keys(bundledConfig.files);
  };
  expect(await bundle()).toEqual(['release.asc']);
  const ci = { sigstore: { issuer: 'https://issuer.example.com', subject: 'ci@example.com' } };
  Object.assign(config.trust, { ci });
  expect(await bundle()).toEqual(['chartseal:sigstore/public-good.json', 'release.asc']);
  expect(await bundle({ refresh: {} })).toEqual([
    'chartseal:sigstore/public-good.json',
    'chartseal:sigstore/tuf-root.json',
    'release.asc',
  ]);
});
