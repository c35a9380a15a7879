import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ChartsealError } from '../../src/base/error.ts';
import { exitStatusOfError } from '../../src/cli/exit-status.ts';
import { printError } from '../../src/cli/print-error.ts';
import { withProgress } from '../../src/cli/with-progress.ts';
import { cli } from './support.ts';

const COMMANDS = [
  ['verify'],
  ['serve'],
  ['init'],
  ['demo'],
  ['policy', 'test'],
  ['sign'],
  ['keys', 'generate'],
  ['audit', 'verify'],
  ['audit', 'list'],
  ['bundle-config'],
  ['version'],
];

describe('help', () => {
  test.each(COMMANDS)('of %s %s shows an example, on stdout: 0', async (...command) => {
    const { status, stdout, stderr } = await cli([...command.filter(Boolean), '--help']);
    expect(status).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/Examples?:\n {2}.*chartseal /);
  });

  test('of the whole names every command and the exit statuses', async () => {
    const { status, stdout } = await cli(['--help']);
    expect(status).toBe(0);
    for (const [name] of COMMANDS) expect(stdout).toContain(`  ${name}`);
    expect(stdout).toContain('3  inconclusive');
    expect((await cli(['help', 'verify'])).stdout).toContain('Usage: chartseal verify');
    const nested = await cli(['help', 'keys', 'generate']);
    expect([nested.status, nested.stderr]).toEqual([0, '']);
    expect(nested.stdout).toContain('Usage: chartseal keys generate');
  });

  test('nothing asked for: help on stderr, 2', async () => {
    const { status, stdout, stderr } = await cli([]);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('Usage: chartseal');
  });
});

describe('what is mistyped', () => {
  test.each([
    [['verfy', 'x'], 'verify'],
    [['verify'], 'chart'],
    [['verify', 'a', 'b'], 'arguments'],
    [['verify', 'oci://a.example/b:1', '--keyrin', 'x'], '--keyring'],
    [['verify', 'oci://a.example/b:1', '--keyring'], '--keyring'],
    [['--version'], 'chartseal version'],
    [['verify', 'oci://a.example/b:1', '--key', 'x'], '--cosign-key FILE'],
    [['verify', 'oci://a.example/b:1', '--insecure-ignore-tlog'], '--transparency-log optional'],
    [['verify', 'oci://a.example/b:1', '--insecure-ignore-sct=true'], '--certificate-transparency optional'],
    [['verify', 'oci://a.example/b:1', '--certificate-identity-regexp', '.*'], '--subject GLOB'],
    [['verify', 'oci://a.example/b:1', '-o', 'json'], '--format'],
    [['verify', 'oci://a.example/b:1', '-ojson'], '--format'],
    [['sign', 'oci://a.example/b:1', '--rekor-url', 'https://a.example'], '--signing-config FILE'],
    [['sign', 'oci://a.example/b:1', '-y'], '--all'],
  ])('%j: 2, and what is near', async (argv, near) => {
    const { status, stdout, stderr } = await cli(argv);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error: (?!error)/);
    expect(stderr).toContain('code: usage.invalid');
    expect(stderr).toContain(near);
  });
});

describe('version', () => {
  test('is that of the package', async () => {
    const own = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')).version;
    expect((await cli(['version'])).stdout).toBe(`chartseal ${own}\n`);
    expect(JSON.parse((await cli(['version', '--json'])).stdout)).toMatchObject({
      name: 'chartseal',
      version: own,
    });
  });
});

describe('errors', () => {
  const print = (error: unknown) => {
    let text = '';
    printError(error, { stderr: { write: (part: string) => (text += part) } } as never);
    return text;
  };

  test('show message, code and help, never a stack trace', () => {
    expect(print(new ChartsealError('chart.not_found', 'no chart\u001b[2J', { help: 'look' }))).toBe(
      'error: no chart\\u{1b}[2J\n  code: chart.not_found\n  help: look\n',
    );
    expect(print(new TypeError('x is not a function'))).toMatch(
      /^error: x is not a function\n {2}code: internal\.error\n {2}help: .+\n$/,
    );
    expect(
      print(new ChartsealError('registry.timeout', 'slow', { retryable: true, retryAfter: 7 })),
    ).toContain('try again after 7 s');
  });

  test('nothing but what the user can correct is 2, only a missing chart is 1', () => {
    const status = (code: ConstructorParameters<typeof ChartsealError>[0], retryable = false) =>
      exitStatusOfError(new ChartsealError(code, 'x', { retryable }));
    expect(status('chart.not_found')).toBe(1);
    expect(status('chart.no_matching_version')).toBe(1);
    for (const code of ['usage.invalid', 'reference.invalid', 'config.invalid', 'keyring.empty'] as const)
      expect(status(code)).toBe(2);
    for (const code of ['registry.not_listed', 'policy.unknown', 'request.unauthenticated'] as const)
      expect(status(code)).toBe(2);
    for (const code of [
      'registry.timeout',
      'limit.requests',
      'server.unavailable',
      'internal.error',
    ] as const)
      expect(status(code)).toBe(3);
    expect(exitStatusOfError(new TypeError('x'))).toBe(3);
  });
});

describe('the progress line', () => {
  afterEach(() => vi.useRealTimers());

  const watch = async (ms: number, isTTY: boolean) => {
    vi.useFakeTimers();
    let text = '';
    const io = { stderr: { isTTY, write: (part: string) => (text += part) } } as never;
    const work = withProgress(
      'registry.example.com',
      io,
      () => new Promise<void>((done) => setTimeout(done, ms)),
    );
    await vi.advanceTimersByTimeAsync(ms);
    await work;
    return text;
  };

  test('appears after a second on a terminal and is erased', async () => {
    const text = await watch(2500, true);
    expect(text).toContain('waiting for registry.example.com (2 s)');
    expect(text.endsWith('\r\u001b[K')).toBe(true);
  });

  test('not before, and not where nobody watches', async () => {
    expect(await watch(900, true)).toBe('');
    expect(await watch(5000, false)).toBe('');
  });
});
