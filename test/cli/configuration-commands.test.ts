import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFakeSigstore } from '../support/sigstore/index.ts';
import { signingConfigJson } from '../support/sigstore-services/index.ts';
import { cli, directory, fixture } from './support.ts';

const CONFIG = `
registries:
  - { host: registry.example.com, credentials: { secret: REGISTRY_AUTH } }
trust:
  team: { pgp: release.asc }
  other: { pgp: other.asc }
policies:
  - { name: production, match: ["registry.example.com/prod/**"], require: { allOf: [team, other] }, depth: content }
  - { name: staging, match: ["registry.example.com/**"], require: team, mode: warn, unsafeAllow: [retagged] }
callers: { ci: { token: { secret: CI_TOKEN } } }
`;

let there: Awaited<ReturnType<typeof directory>>;
beforeAll(async () => {
  const stranger = await readFile(new URL('../fixtures/keys/stranger.asc', import.meta.url));
  there = await directory({
    'chartseal.yaml': CONFIG,
    'release.asc': await fixture('release.asc'),
    'other.asc': stranger,
    'edge.yaml': CONFIG.replace('credentials: {', 'ca: release.asc, credentials: {'),
  });
});
afterAll(() => there.done());

const run = (...argv: string[]) =>
  cli(argv, {
    cwd: there.path,
    fetch: async () => {
      throw new Error('asked');
    },
  });

describe('chartseal policy test: asks nobody, needs no secret', () => {
  const production = 'oci://Registry.Example.com:443/prod/app:1.2.3';
  const staging = 'oci://registry.example.com/lab/app';

  test('says which policy covers a reference and what it requires', async () => {
    const { status, stdout, stderr } = await run('policy', 'test', production, staging);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toBe(`oci://registry.example.com/prod/app:1.2.3
  policy    production
  requires  team and other
  mode      enforce
  depth     content
oci://registry.example.com/lab/app
  policy    staging
  requires  team
  mode      warn
  depth     signature
  unsafe    retagged
`);
  });

  test('--format json', async () => {
    const { stdout } = await run('policy', 'test', staging, '--format', 'json');
    expect(JSON.parse(stdout)).toEqual([
      expect.objectContaining({ reference: staging, covered: true, policy: 'staging', mode: 'warn' }),
    ]);
  });

  test('1 for one that nothing covers or that another policy covers', async () => {
    const uncovered = await run('policy', 'test', production, 'oci://elsewhere.example.com/app');
    expect(uncovered.status).toBe(1);
    expect(uncovered.stdout).toContain('no policy covers it');
    expect(uncovered.stdout).toContain('is not under "registries"');
    expect((await run('policy', 'test', production, '--expect', 'production')).status).toBe(0);
    const other = await run('policy', 'test', production, staging, '--expect', 'production');
    expect(other.status).toBe(1);
    expect(other.stdout).toContain('EXPECTED  production');
  });

  test('2 without a reference, for a bad one and for a policy nobody knows', async () => {
    expect((await run('policy', 'test')).status).toBe(2);
    expect((await run('policy', 'test', 'oci://Nope')).status).toBe(2);
    const unknown = await run('policy', 'test', production, '--expect', 'prodution');
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toContain('policy.unknown');
    expect((await run('policy')).status).toBe(2);
  });
});

describe('chartseal bundle-config', () => {
  test('one module with the configuration and every file it names', async () => {
    const { status, stdout, stderr } = await run('bundle-config');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const module = await import(`data:text/javascript,${encodeURIComponent(stdout)}`);
    expect(module.bundledConfig.text).toBe(CONFIG);
    expect(Object.keys(module.bundledConfig.files)).toEqual(['other.asc', 'release.asc']);
    const bytes = Buffer.from(module.bundledConfig.files['release.asc'], 'base64');
    expect(new Uint8Array(bytes)).toEqual(await fixture('release.asc'));
  });

  test('--out writes it to a file', async () => {
    const { status, stdout } = await run('bundle-config', '--out', 'bundle.js');
    expect(status).toBe(0);
    expect(stdout).toBe('');
    expect(await readFile(`${there.path}/bundle.js`, 'utf8')).toContain('export const bundledConfig');
  });

  test('a keyless signer needs no secret, and its files are taken along', async () => {
    const keyless = { keyless: true, signingConfig: 'signing.json', root: 'root.json' };
    const signing = [{ name: 'keyless', sigstore: keyless, repositories: ['**'], callers: ['ci'] }];
    await writeFile(`${there.path}/keyless.yaml`, `${CONFIG}signing: ${JSON.stringify(signing)}\n`);
    await writeFile(`${there.path}/signing.json`, signingConfigJson(['fulcio', 'rekor2', 'tsa']));
    await writeFile(`${there.path}/root.json`, createFakeSigstore().trustedRoot());
    const { status, stdout, stderr } = await run('bundle-config', '--config', 'keyless.yaml');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('"signing.json":');
    expect(stdout).toContain('"root.json":');
    await writeFile(`${there.path}/signing.json`, signingConfigJson(['rekor2']));
    const unfit = await run('bundle-config', '--config', 'keyless.yaml');
    expect([unfit.status, unfit.stderr.includes('signing[0].sigstore.keyless')]).toEqual([2, true]);
  });

  test('what only Node can use is refused with its field: 2', async () => {
    const { status, stdout, stderr } = await run('bundle-config', '--config', 'edge.yaml');
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('registries[0].ca');
  });
});
