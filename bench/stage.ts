import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Bundle, bundleWorker, workerdConfig } from './bundle.ts';
import { type BenchChart, KEYS } from './charts.ts';
import { freePort, runWell, start, untilUp } from './processes.ts';

/** A server of the bench. */
export interface Server {
  url: string;
  child: ChildProcess;
  pid: number;
}

export const TOKEN = 'bench-token-0123456789abcdef-0123456789abcdef';
export const CLI = join(import.meta.dirname, '../dist/cli.js');
const SECRETS = { BENCH_TOKEN: TOKEN };

/** The registry as a process of its own. */
export function startRegistry(latencyMs: number, charts: BenchChart[]): Promise<Server> {
  return startForked('registry.ts', [String(latencyMs), JSON.stringify(charts)]);
}

/** The bare Hono handler on Node. */
export function startBareNode(): Promise<Server> {
  return startForked('bare-node.ts', []);
}

/**
 * The configuration both services run with: nothing is limited that the bench does on purpose.
 * @param more further parts of it
 */
export async function writeConfig(
  folder: string,
  registry: Pick<Server, 'url'>,
  more: Record<string, unknown> = {},
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'chartseal.yaml');
  await writeFile(
    path,
    JSON.stringify({
      registries: [{ host: new URL(registry.url).host, plainHttp: true }],
      trust: { release: { pgp: KEYS.armored } },
      policies: [{ name: 'default', match: ['**'], require: 'release' }],
      callers: { bench: { token: { secret: 'BENCH_TOKEN' } } },
      limits: { rate: { callerVerifications: 1_000_000 } },
      ...more,
    }),
  );
  return path;
}

/** `chartseal serve`, its log in a file. */
export async function startNode(config: string, nodeFlags: string[] = []): Promise<Server> {
  const log = `${config}.log`;
  const file = openSync(log, 'w');
  const args = [...nodeFlags, CLI, 'serve', '--config', config, '--port', '0'];
  const env = { ...process.env, ...SECRETS };
  const child = start(process.execPath, args, { env, stdio: ['ignore', 'ignore', file] });
  closeSync(file);
  const end = Date.now() + 20_000;
  while (Date.now() < end && child.exitCode === null) {
    const url = /listens on (http\S+)/.exec(readFileSync(log, 'utf8'))?.[1];
    if (url !== undefined) return { url, child, pid: child.pid! };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`chartseal serve did not start:\n${readFileSync(log, 'utf8')}`);
}

/** Bundles both Workers: chartseal with its configuration, and the bare handler. */
export async function bundleWorkers(
  folder: string,
  config: string,
): Promise<{ chartseal: Bundle; bare: Bundle }> {
  const module = join(folder, 'worker-config.js');
  await mkdir(folder, { recursive: true });
  await runWell(process.execPath, [CLI, 'bundle-config', '--config', config, '--out', module]);
  const chartseal = await bundleWorker(join(folder, 'chartseal'), 'src/worker.ts', module);
  return { chartseal, bare: await bundleWorker(join(folder, 'bare'), 'bench/bare-worker.ts') };
}

/** A Worker in workerd, which serves it on loopback by itself. */
export async function startWorkerd(bundle: Bundle): Promise<Server> {
  const port = await freePort();
  // workerd embeds files below the folder of its configuration only.
  const file = join(dirname(bundle.script), `workerd-${port}.capnp`);
  await writeFile(file, workerdConfig(bundle, port, SECRETS));
  // The package of workerd is a dependency of miniflare.
  const require = createRequire(createRequire(import.meta.url).resolve('miniflare'));
  const binary = (require('workerd') as { default: string }).default;
  const child = start(binary, ['serve', file]);
  const url = `http://127.0.0.1:${port}`;
  await untilUp(`${url}/healthz`, child);
  return { url, child, pid: child.pid! };
}

function startForked(file: string, args: string[]): Promise<Server> {
  const child = start(process.execPath, [join(import.meta.dirname, file), ...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    child.once('message', (url) => resolve({ url: String(url), child, pid: child.pid! }));
    child.once('exit', (status) => reject(new Error(`${file} ended with ${status}`)));
  });
}
