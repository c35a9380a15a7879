import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/index.ts';
import { type RunningService, startService } from '../../src/node.ts';
import { cli, fixture, fixturePath, NO_CREDENTIALS, NOW, RELEASE_KEY, servedRegistry } from './support.ts';

const TOKEN = 'correct-horse-battery-staple-correct-horse';
let served: Awaited<ReturnType<typeof servedRegistry>>;
let service: RunningService;

beforeAll(async () => {
  served = await servedRegistry();
  const config = await parseConfig({
    text: `
registries: [{ host: "${served.host}", plainHttp: true }]
trust: { team: { pgp: release.asc } }
policies: [{ name: here, match: ["${served.host}/**"], require: team }]
callers: { ci: { token: { secret: CI } } }
`,
    path: 'chartseal.yaml',
    readFile: fixture,
    secret: () => TOKEN,
  });
  service = await startService({ config, env: {}, clock: () => NOW });
});
afterAll(async () => {
  await service.close();
  await served.server.close();
});

const env = { ...NO_CREDENTIALS, CHARTSEAL_TOKEN: TOKEN };
const ask = (target: string, ...more: string[]) =>
  cli(['verify', target, '--server', service.url, ...more], { env });
const stub = (response: () => Response, args: string[] = []) =>
  cli(['verify', 'oci://r.example.com/app:1', '--server', 'https://chartseal.example.com', ...args], {
    env,
    fetch: async () => response(),
  });

describe('--server asks a running service', () => {
  test('the same verdicts, statuses and formats', async () => {
    const good = await ask(`oci://${served.host}/charts/app:1.2.3`);
    expect(good.stderr).toBe('');
    expect(good.status).toBe(0);
    expect(good.stdout).toMatch(/^ALLOW/);
    const bad = await ask(`oci://${served.host}/unsigned/app:1.2.3`, '--format', 'json');
    expect(bad.status).toBe(1);
    expect(JSON.parse(bad.stdout).verdict).toBe('deny');
    const missing = await ask(`oci://${served.host}/charts/app:7.7.7`);
    expect(missing.status).toBe(1);
    expect(missing.stderr).toContain('chart.not_found');
  });

  test('--version, --policy and --depth are handed on', async () => {
    const range = await ask(
      `oci://${served.host}/charts/app`,
      '--version',
      '~1.0',
      '--depth',
      'content',
      '--format',
      'json',
    );
    expect(range.status).toBe(0);
    expect(JSON.parse(range.stdout)).toMatchObject({
      depth: 'content',
      subject: { chart: { version: '1.0.0' } },
    });
    const policy = await ask(`oci://${served.host}/charts/app:1.2.3`, '--policy', 'nobody');
    expect(policy.status).toBe(2);
    expect(policy.stderr).toContain('policy.unknown');
  });

  test('a local archive is sent there with its provenance', async () => {
    const good = await ask(fixturePath('app-1.2.3.tgz'), '--policy', 'here');
    expect(good.stderr).toBe('');
    expect(good.status).toBe(0);
    const unsigned = await ask(fixturePath('unsigned/app-1.2.3.tgz'), '--policy', 'here');
    expect(unsigned.status).toBe(1);
    expect(unsigned.stdout).toContain('pgp.provenance_missing');
  });

  test('problems are shown as errors: no token, a wrong one, a registry that is not listed', async () => {
    const target = `oci://${served.host}/charts/app:1.2.3`;
    for (const token of ['', 'wrong-token-wrong-token-wrong-token-wrong']) {
      const { status, stdout, stderr } = await cli(['verify', target, '--server', service.url], {
        env: { CHARTSEAL_TOKEN: token },
      });
      expect(status).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toContain('request.unauthenticated');
      expect(stderr).toContain('CHARTSEAL_TOKEN');
      if (token !== '') expect(stderr).not.toContain(token);
    }
    const other = await ask('oci://elsewhere.example.com/app:1');
    expect(other.status).toBe(2);
    expect(other.stderr).toContain('registry.not_listed');
  });

  test('nobody there: 3, and worth another try', async () => {
    const { status, stderr } = await cli(
      ['verify', 'oci://r.example.com/app:1', '--server', 'http://127.0.0.1:9'],
      { env },
    );
    expect(status).toBe(3);
    expect(stderr).toContain('server.unavailable');
    expect(stderr).not.toContain(TOKEN);
  });

  test('a redirect is not followed', async () => {
    let asked = 0;
    const { status, stderr } = await stub(() => {
      asked += 1;
      return new Response(null, { status: 302, headers: { location: 'https://evil.example.com/' } });
    });
    expect(asked).toBe(1);
    expect(status).toBe(3);
    expect(stderr).toContain('https://evil.example.com/');
  });

  test.each([
    ['a page', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['no report', () => Response.json({ verdict: 'allow' })],
    ['null', () => Response.json(null)],
    ['a failing proxy', () => new Response('bad gateway', { status: 502 })],
    [
      'a report with an error status',
      () => Response.json({ kind: 'VerificationReport', verdict: 'allow' }, { status: 500 }),
    ],
  ])('%s is no verdict: 3', async (_name, response) => {
    const { status, stdout, stderr } = await stub(response);
    expect(status).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/server\.(protocol|unavailable)/);
  });

  test('a problem with hostile text is shown harmless', async () => {
    const { status, stderr } = await stub(() =>
      Response.json({ code: 'request.rate_limited', detail: '\u001b[2Jslow\ndown' }, { status: 429 }),
    );
    expect(status).toBe(3);
    expect(stderr).not.toContain('\u001b');
  });

  test.each([['chartseal.example.com'], ['ftp://x.example.com'], ['https://u:p4ss@x.example.com']])(
    '--server %s: 2',
    async (server) => {
      const { status, stderr } = await cli(['verify', 'oci://r.example.com/app:1', '--server', server], {
        env,
      });
      expect(status).toBe(2);
      expect(stderr).toContain('--server');
      expect(stderr).not.toContain('p4ss');
    },
  );

  test('its policies decide, so --keyring does not go with it', async () => {
    expect((await ask('oci://r.example.com/app:1', '--keyring', RELEASE_KEY)).status).toBe(2);
  });

  test.each([
    ['--annotation', 'env=prod'],
    ['--predicate-type', 'https://slsa.dev/provenance/v1'],
    ['--transparency-log', 'required'],
    ['--certificate-transparency', 'required'],
  ])('%s is not passed on, so it is refused: 2', async (flag, value) => {
    const { status, stderr } = await ask('oci://r.example.com/app:1', flag, value);
    expect([status, stderr.includes(`${flag} does not go with --server`)]).toEqual([2, true]);
  });
});
