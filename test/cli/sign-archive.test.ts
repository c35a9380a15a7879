import { copyFile, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { signingWorld } from './signing-support.ts';
import { fixture, fixturePath, RELEASE_KEY } from './support.ts';

const { run, path: cwd } = await signingWorld();
const at = (name: string) => join(cwd, name);
const bring = (name: string, as = name) => copyFile(fixturePath(name), at(as));
const provenance = (name = 'app-1.2.3.tgz') => readFile(at(`${name}.prov`), 'utf8');
const sign = (name: string, ...more: string[]) => run(['sign', name, '--key', 'release.secret.asc', ...more]);
const textOf = (prov: string) => prov.slice(0, prov.indexOf('-----BEGIN PGP SIGNATURE-----'));

beforeEach(async () => {
  await rm(at('app-1.2.3.tgz.prov'), { force: true });
  await bring('app-1.2.3.tgz');
});

describe('a local archive', () => {
  test.each(['app-1.2.3.tgz', 'app-1.2.3+build.7.tgz', 'umbrella-0.3.0.tgz', 'legacy-0.1.0.tgz'])(
    '%s gets the provenance that helm package --sign wrote, but for time and signature',
    async (name) => {
      await bring(name);
      const { status, stdout, stderr } = await sign(`./${name}`);
      expect(stderr).toBe('');
      expect(status).toBe(0);
      expect(stdout).toContain(`helm verify ./${name} --keyring release.gpg`);
      const written = await provenance(name);
      expect(textOf(written)).toBe(textOf(new TextDecoder().decode(await fixture(`${name}.prov`))));
      // Helm ends the file there, without a line end.
      expect(written.endsWith('\n-----END PGP SIGNATURE-----')).toBe(true);
      expect(((await stat(at(`${name}.prov`))).mode & 0o777).toString(8)).toBe('644');
      expect((await run(['verify', name, '--keyring', RELEASE_KEY])).status).toBe(0);
    },
  );

  test('again: 0, and the file stays as it is', async () => {
    await sign('app-1.2.3.tgz');
    const before = await provenance();
    const again = await sign('app-1.2.3.tgz', '--format', 'json');
    expect(again.status).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ changed: false, provenance: 'app-1.2.3.tgz.prov' });
    expect(await provenance()).toBe(before);
  });

  test('a .prov that is another gives way only to --replace', async () => {
    await bring('stranger/app-1.2.3.tgz.prov', 'app-1.2.3.tgz.prov');
    const before = await provenance();
    const refused = await sign('app-1.2.3.tgz');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('sign.already_signed');
    expect(await provenance()).toBe(before);
    expect((await sign('app-1.2.3.tgz', '--replace')).status).toBe(0);
    expect(await provenance()).not.toBe(before);
    expect((await run(['verify', 'app-1.2.3.tgz', '--keyring', RELEASE_KEY])).status).toBe(0);
  });

  test('--dry-run writes nothing', async () => {
    const { status, stdout } = await sign('app-1.2.3.tgz', '--dry-run');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^WOULD BE SIGNED/);
    await expect(provenance()).rejects.toThrow('ENOENT');
  });
});

describe('what is not signed: 1, and nothing is written', () => {
  test('a file that is not called as Helm will look for it', async () => {
    for (const [name, code] of [
      ['app-9.9.9.tgz', 'chart.version_mismatch'],
      ['other.tgz', 'chart.name_mismatch'],
    ] as const) {
      await bring('app-1.2.3.tgz', name);
      const { status, stderr } = await sign(name);
      expect(status).toBe(1);
      expect(stderr).toContain(code);
      expect(stderr).toContain('rename it');
      await expect(provenance(name)).rejects.toThrow('ENOENT');
    }
  });

  test('what is no archive of a chart', async () => {
    await writeFile(at('junk-1.0.0.tgz'), 'junk');
    const { status, stderr } = await sign('junk-1.0.0.tgz');
    expect(stderr).toContain('archive.');
    expect(status).toBe(1);
  });

  test('options for registries: 2', async () => {
    for (const option of [['--detached'], ['--plain-http'], ['--all'], ['--expected-digest', 'sha256:1']])
      expect((await sign('app-1.2.3.tgz', ...option)).status).toBe(2);
    expect((await sign('nowhere-1.0.0.tgz')).status).toBe(2);
  });
});
