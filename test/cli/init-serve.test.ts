import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/index.ts';
import { cli, directory, fixture, NO_CREDENTIALS } from './support.ts';

const TOKEN = Buffer.alloc(32, 7).toString('base64url');

describe('chartseal init', () => {
  test('writes a configuration that is good, and shows the token once, on stdout', async () => {
    const there = await directory({ 'release.asc': await fixture('release.asc') });
    const { status, stdout, stderr } = await cli(
      ['init', '--registry', '127.0.0.1:5000', '--keyring', 'release.asc'],
      { cwd: there.path },
    );
    expect(status).toBe(0);
    expect(stdout).toBe(`export CHARTSEAL_OPERATOR_TOKEN=${TOKEN}\n`);
    expect(stderr).not.toContain(TOKEN);
    expect(stderr).toContain('CHARTSEAL_TOKEN');
    const text = await readFile(`${there.path}/chartseal.yaml`, 'utf8');
    expect(text).not.toContain(TOKEN);
    const config = await parseConfig({
      text,
      path: 'chartseal.yaml',
      readFile: fixture,
      secret: (name) => (name === 'CHARTSEAL_OPERATOR_TOKEN' ? TOKEN : undefined),
    });
    expect(config.registries[0]?.host).toBe('127.0.0.1:5000');
    expect([...config.callers.keys()]).toEqual(['operator']);
    expect(config.access.verify).toBe('callers');
    await there.done();
  });

  test('overwrites nothing: 2', async () => {
    const there = await directory({ 'chartseal.yaml': 'mine' });
    const { status, stdout, stderr } = await cli(['init'], { cwd: there.path });
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('file.exists');
    expect(await readFile(`${there.path}/chartseal.yaml`, 'utf8')).toBe('mine');
    await there.done();
  });

  test('what is no registry is refused before anything is written: 2', async () => {
    const there = await directory();
    const { status, stderr } = await cli(['init', '--registry', 'https://x y'], { cwd: there.path });
    expect(status).toBe(2);
    expect(stderr).toContain('reference.invalid');
    for (const registry of ['https://registry.test', 'registry.test/charts']) {
      const slip = await cli(['init', '--registry', registry], { cwd: there.path });
      expect([slip.status, slip.stderr]).toEqual([2, expect.stringContaining('write the host alone')]);
    }
    expect((await cli(['policy', 'test', 'oci://a.example/b'], { cwd: there.path })).status).toBe(2);
    await there.done();
  });
});

describe('chartseal serve', () => {
  test('what init wrote is served with its token, until it is asked to stop', async () => {
    const there = await directory({ 'release.asc': await fixture('release.asc') });
    await cli(['init', '--keyring', 'release.asc'], { cwd: there.path });
    const err: string[] = [];
    const answers: number[] = [];
    const env = { ...NO_CREDENTIALS, CHARTSEAL_OPERATOR_TOKEN: TOKEN, PORT: '0' };
    const { status, stdout } = await cli(['serve'], {
      cwd: there.path,
      env,
      stderr: { write: (text) => err.push(text) },
      untilStopped: async () => {
        const url = /http:\S+/.exec(err.join(''))?.[0];
        answers.push((await fetch(`${url}/healthz`)).status);
        for (const token of [TOKEN, 'wrong']) {
          const response = await fetch(`${url}/v1/verify`, {
            method: 'POST',
            headers: { authorization: `Bearer ${token}` },
            body: JSON.stringify({ reference: 'oci://elsewhere.example.com/app:1' }),
          });
          answers.push(response.status);
          await response.text();
        }
      },
    });
    expect(status).toBe(0);
    expect(stdout).toBe('');
    expect(answers).toEqual([200, 403, 401]);
    const log = err.join('');
    expect(log).not.toContain(TOKEN);
    const records = log.split('\n').filter((line) => line.startsWith('{'));
    expect(records.length).toBeGreaterThan(3);
    for (const record of records) expect(JSON.parse(record)).toHaveProperty('time');
    await there.done();
  });

  test('a missing secret, a missing configuration, a port that is none: 2', async () => {
    const there = await directory({ 'release.asc': await fixture('release.asc') });
    await cli(['init', '--keyring', 'release.asc'], { cwd: there.path });
    const secret = await cli(['serve', '--port', '0'], { cwd: there.path });
    expect(secret.status).toBe(2);
    expect(secret.stderr).toContain('config.secret_missing');
    expect(secret.stderr).toContain('CHARTSEAL_OPERATOR_TOKEN');
    expect((await cli(['serve', '--config', 'no.yaml'], { cwd: there.path })).status).toBe(2);
    const port = await cli(['serve', '--port', 'http'], { cwd: there.path });
    expect(port.status).toBe(2);
    expect(port.stderr).toContain('--port');
    expect((await cli(['serve'], { cwd: there.path, env: { PORT: '99999' } })).stderr).toContain('PORT');
    await there.done();
  });

  test('nobody who may ask: 2, with both remedies', async () => {
    const there = await directory({
      'release.asc': await fixture('release.asc'),
      'chartseal.yaml':
        'trust: { team: { pgp: release.asc } }\npolicies: [{ name: here, match: ["**"], require: team }]\n',
    });
    const { status, stderr } = await cli(['serve', '--port', '0'], { cwd: there.path });
    expect(status).toBe(2);
    expect(stderr).toContain('callers');
    expect(stderr).toContain('anyone');
    await there.done();
  });
});
