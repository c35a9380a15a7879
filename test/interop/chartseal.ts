import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { answering, freePort } from './registries.ts';
import { type Result, run } from './run.ts';

/** What is tested: the build of this checkout, or another one that is named. */
export const CLI = process.env.CHARTSEAL_INTEROP_CLI ?? join(import.meta.dirname, '../../dist/cli.js');

/** What the suites read of a report (DESIGN, "Report"). */
export interface Report {
  verdict: 'allow' | 'deny' | 'inconclusive';
  retryable: boolean;
  enforced: boolean;
  subject: {
    reference: string;
    digest: string | null;
    pinned: string | null;
    chart?: { name?: string; version?: string; digest?: string } | null;
  };
  reasons: { code: string; message: string; help?: string }[];
  clients: { client: string; versions: string; outcome: 'accept' | 'refuse'; message?: string }[];
  stats: { registryRequests: number };
}

export interface CliResult extends Result {
  /** What stdout holds, read as JSON; undefined when it is none. */
  report: Report | undefined;
}

/** Runs `chartseal` as a user does. `home` is a folder without any configuration of its own. */
export async function chartseal(
  args: string[],
  options: { home: string; registryConfig?: string; cwd?: string; env?: Record<string, string> },
): Promise<CliResult> {
  const result = await run(process.execPath, [CLI, ...args], {
    cwd: options.cwd ?? options.home,
    env: {
      HOME: options.home,
      DOCKER_CONFIG: join(options.home, 'docker'),
      HELM_REGISTRY_CONFIG: options.registryConfig ?? join(options.home, 'no-registry.json'),
      ...options.env,
    },
  });
  let report: Report | undefined;
  try {
    report = JSON.parse(result.stdout) as Report;
  } catch {
    report = undefined;
  }
  return { ...result, report };
}

export interface Service {
  origin: string;
  verify(body: unknown, query?: string): Promise<{ status: number; headers: Headers; report: Report }>;
  sign(body: unknown): Promise<{ status: number; body: SignAnswer }>;
  stop(): Promise<void>;
}

/** What the suites read of an answer to `POST /v1/sign`, a result or a problem. */
export interface SignAnswer {
  before: string;
  after: string;
  changed: boolean;
  code?: string;
  detail?: string;
}

const TOKEN = 'interop-caller-token-0123456789abcdef';

/**
 * Starts `chartseal serve` with a configuration (JSON is YAML) to which a caller with a token is added.
 *
 * @param secrets environment variables that the configuration names
 */
export async function serve(
  dir: string,
  configuration: Record<string, unknown>,
  secrets: Record<string, string> = {},
): Promise<Service> {
  const home = await mkdtemp(join(dir, 'serve-'));
  const config = join(home, 'chartseal.yaml');
  await writeFile(
    config,
    JSON.stringify(
      { ...configuration, callers: { interop: { token: { secret: 'INTEROP_TOKEN' } } } },
      null,
      2,
    ),
  );
  const port = await freePort();
  const logPath = join(home, 'log');
  const log = openSync(logPath, 'a');
  const child = spawn(process.execPath, [CLI, 'serve', '--config', config, '--port', String(port)], {
    cwd: home,
    stdio: ['ignore', log, log],
    env: { PATH: process.env.PATH ?? '', HOME: home, INTEROP_TOKEN: TOKEN, ...secrets },
  });
  const stop = () =>
    new Promise<void>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once('exit', () => resolve());
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 5_000).unref();
    });
  const origin = `http://127.0.0.1:${port}`;
  try {
    await answering(`${origin}/readyz`, child, logPath);
  } catch (error) {
    await stop();
    throw error;
  }
  const post = (path: string, body: unknown) =>
    fetch(`${origin}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify(body),
    });
  return {
    origin,
    stop,
    async verify(body, query = '') {
      const answer = await post(`/v1/verify${query}`, body);
      return { status: answer.status, headers: answer.headers, report: (await answer.json()) as Report };
    },
    async sign(body) {
      const answer = await post('/v1/sign', body);
      return { status: answer.status, body: (await answer.json()) as SignAnswer };
    },
  };
}
