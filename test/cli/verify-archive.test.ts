import { copyFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { cli, directory, fixture, fixturePath, RELEASE_KEY, STRANGER_KEY } from './support.ts';

const asked: typeof fetch = async () => {
  throw new Error('asked');
};
const verify = (...args: string[]) =>
  cli(['verify', ...args, '--keyring', RELEASE_KEY, '--format', 'json'], { fetch: asked });

describe('a local archive', () => {
  test('with CHART.tgz.prov beside it: 0, content read, no registry', async () => {
    const { status, stdout, stderr } = await verify(fixturePath('app-1.2.3.tgz'));
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      verdict: 'allow',
      depth: 'content',
      subject: {
        reference: 'app-1.2.3.tgz',
        digest: null,
        pinned: null,
        chart: { name: 'app', version: '1.2.3' },
      },
    });
    expect(report.clients).toHaveLength(3);
  });

  test.each([
    ['tampered/app-1.2.3.tgz', 'pgp.digest_mismatch'],
    ['stranger/app-1.2.3.tgz', 'pgp.untrusted_key'],
  ])('%s: 1, %s', async (name, code) => {
    const { status, stdout } = await verify(fixturePath(name));
    expect(status).toBe(1);
    expect(stdout).toContain(`"${code}"`);
  });

  test.each([
    ['--cosign-key', 'cosign.pub'],
    ['--subject', 'https://github.com/acme/charts'],
  ])('by %s alone: 2, a file has no manifest', async (flag, value) => {
    const { status, stderr } = await cli(['verify', fixturePath('app-1.2.3.tgz'), flag, value]);
    expect([status, stderr.includes(`${flag} is for signatures of manifests`)]).toEqual([2, true]);
  });

  test('without a provenance: a report that denies, not an error', async () => {
    const { status, stdout, stderr } = await verify(fixturePath('unsigned/app-1.2.3.tgz'));
    expect(stderr).toBe('');
    expect(status).toBe(1);
    expect(stdout).toContain('"pgp.provenance_missing"');
  });

  test('with an unreadable provenance: a report that denies', async () => {
    const there = await directory({ 'app-1.2.3.tgz.prov': new Uint8Array([0xff, 0xfe, 0, 1, 2]) });
    await copyFile(fixturePath('app-1.2.3.tgz'), `${there.path}/app-1.2.3.tgz`);
    const { status, stdout } = await verify(`${there.path}/app-1.2.3.tgz`);
    expect(status).toBe(1);
    expect(stdout).toContain('"pgp.malformed"');
    await there.done();
  });

  test('its file name plays the part of the reference, --reference takes its place', async () => {
    const there = await directory({
      'app-9.9.9.tgz': await fixture('app-1.2.3.tgz'),
      'app-9.9.9.tgz.prov': await fixture('app-1.2.3.tgz.prov'),
    });
    const renamed = await verify(`${there.path}/app-9.9.9.tgz`);
    expect(renamed.status).toBe(1);
    expect(renamed.stdout).toContain('chart.version_mismatch');
    const told = await verify(
      `${there.path}/app-9.9.9.tgz`,
      '--reference',
      'oci://registry.example.com/app:1.2.3',
    );
    expect(told.status).toBe(0);
    await there.done();
  });

  test('--provenance names another file; if that is not there: 2', async () => {
    const archive = fixturePath('unsigned/app-1.2.3.tgz');
    expect((await verify(archive, '--provenance', fixturePath('app-1.2.3.tgz.prov'))).status).toBe(0);
    const missing = await verify(archive, '--provenance', 'nothing.prov');
    expect(missing.status).toBe(2);
    expect(missing.stderr).toContain('nothing.prov');
  });

  test('no gzip at all: a report that denies', async () => {
    const there = await directory({ 'app-1.2.3.tgz': 'hello' });
    const { status, stdout } = await verify(`${there.path}/app-1.2.3.tgz`);
    expect(status).toBe(1);
    expect(JSON.parse(stdout).verdict).toBe('deny');
    await there.done();
  });

  test('by a configuration it has to be said which policy: 2 with both remedies, else judged', async () => {
    const there = await directory({
      'release.asc': await fixture('release.asc'),
      'chartseal.yaml':
        'trust: { team: { pgp: release.asc } }\npolicies: [{ name: here, match: ["r.example.com/**"], require: team }]\n',
    });
    const judge = (...args: string[]) =>
      cli(['verify', fixturePath('app-1.2.3.tgz'), ...args], { cwd: there.path, fetch: asked });
    const unsaid = await judge();
    expect(unsaid.status).toBe(2);
    expect(unsaid.stderr).toContain('--reference');
    expect(unsaid.stderr).toContain('--policy');
    expect((await judge('--policy', 'here')).status).toBe(0);
    expect((await judge('--reference', 'oci://r.example.com/charts/app:1.2.3')).status).toBe(0);
    expect((await judge('--reference', 'oci://elsewhere.example.com/app:1.2.3')).status).toBe(1);
    expect((await judge('--policy', 'there')).stderr).toContain('policy.unknown');
    expect(
      (await judge('--policy', 'here', '--config', 'chartseal.yaml', '--keyring', STRANGER_KEY)).status,
    ).toBe(1);
    await there.done();
  });

  test.each([['--version', '1.2.3'], ['--plain-http'], ['--ca-file', 'x.pem'], ['--depth', 'signature']])(
    '%s is for registries: 2',
    async (...args) => {
      const { status, stderr } = await verify(fixturePath('app-1.2.3.tgz'), ...args);
      expect(status).toBe(2);
      expect(stderr).toContain(args[0]);
    },
  );
});
