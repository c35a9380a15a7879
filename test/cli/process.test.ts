import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { directory, fixture, NO_CREDENTIALS, type Ran, RELEASE_KEY, servedRegistry } from './support.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
let served: Awaited<ReturnType<typeof servedRegistry>>;
beforeAll(async () => {
  served = await servedRegistry();
});
afterAll(() => served.server.close());

function start(argv: string[], options: { cwd?: string; env?: Record<string, string> } = {}) {
  const child = spawn(process.execPath, [CLI, ...argv], {
    env: { PATH: process.env.PATH ?? '', ...NO_CREDENTIALS, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => (stdout += data));
  child.stderr.on('data', (data) => (stderr += data));
  const ended = new Promise<Ran>((resolve) =>
    child.on('close', (code) => resolve({ status: code ?? -1, stdout, stderr })),
  );
  const said = (what: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      void ended.then(() => reject(new Error(`ended: ${stderr}`)));
      const look = () => {
        const found = what.exec(stderr);
        if (found) resolve(found);
      };
      child.stderr.on('data', look);
      look();
    });
  return { child, ended, said };
}

describe('as a process of its own', () => {
  test.each([
    [['charts/app:1.2.3'], 0, /^ALLOW/],
    [['unsigned/app:1.2.3'], 1, /^DENY/],
    [['charts/app:1.2.3', '--version', '1.0.0'], 2, /^$/],
  ])('verify %j: %i, and it ends by itself', async ([path, ...more], status, stdout) => {
    const args = [
      'verify',
      `oci://${served.host}/${path}`,
      '--plain-http',
      '--keyring',
      RELEASE_KEY,
      ...more,
    ];
    const ran = await start(args).ended;
    expect(ran.status).toBe(status);
    expect(ran.stdout).toMatch(stdout);
    expect(ran.stderr).not.toContain('    at ');
    if (status !== 2) expect(ran.stderr).toBe('');
  });

  test('a reader that has heard enough is no error', async () => {
    const { child, ended } = start([
      'verify',
      `oci://${served.host}/unsigned/app:1.2.3`,
      '--plain-http',
      '--keyring',
      RELEASE_KEY,
    ]);
    child.stdout.destroy();
    const { status, stderr } = await ended;
    expect(stderr).toBe('');
    expect(status).toBe(1);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('serve stops on %s with 0', async (signal) => {
    const there = await directory({
      'release.asc': await fixture('release.asc'),
      'chartseal.yaml':
        'trust: { team: { pgp: release.asc } }\npolicies: [{ name: here, match: ["**"], require: team }]\naccess: { verify: anyone }\n',
    });
    const { child, ended, said } = start(['serve', '--port', '0'], { cwd: there.path });
    const [url] = await said(/http:\/\/127\.0\.0\.1:\d+/);
    expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({ status: 'ok' });
    child.kill(signal);
    expect((await ended).status).toBe(0);
    await there.done();
  });
});
