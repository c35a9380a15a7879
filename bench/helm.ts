import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { KEYS, VERSION } from './charts.ts';
import { runToEnd, runWell } from './processes.ts';

const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'chartseal', 'interop');

/** The real Helm 4, if `test/interop/install.sh` has built it. */
export function findHelm(): string | undefined {
  const path = join(CACHE, 'helm-4.2.4', 'helm');
  return existsSync(path) ? path : undefined;
}

/** distribution 3, if `test/interop/install.sh` has built it. */
export function findRegistry(): string | undefined {
  const path = join(CACHE, 'registry-3.1.2', 'registry');
  return existsSync(path) ? path : undefined;
}

/** `helm push`: the provenance beside the archive goes with it. */
export async function pushChart(helm: string, archive: string, to: string): Promise<void> {
  await runWell(helm, ['push', archive, to, '--plain-http'], { env: await emptyHome() });
}

/**
 * The program of `helm-library/`, built into the cache of the interop tests when it is not there.
 * @returns undefined without Go, or when it cannot be built
 */
export async function findLibrary(): Promise<string | undefined> {
  const folder = join(CACHE, 'helm-library-4.2.4');
  const path = join(folder, 'helm-library');
  if (existsSync(join(folder, 'done')) && existsSync(path)) return path;
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/local/go/bin` };
  try {
    await mkdir(folder, { recursive: true });
    await runWell('go', ['build', '-o', path, '.'], { cwd: join(import.meta.dirname, 'helm-library'), env });
    await writeFile(join(folder, 'done'), '');
    return path;
  } catch (error) {
    console.error(
      `Helm's library is left out: ${error instanceof Error ? error.message.slice(0, 400) : error}`,
    );
    return undefined;
  }
}

/** One chart, `count` times, in one process of Helm's library. */
export async function runLibrary(
  program: string,
  reference: string,
  count: number,
): Promise<{ wallMs: number[]; cpuMs: number }> {
  const args = [reference, VERSION, KEYS.binary, String(Math.ceil(count / 5)), String(count)];
  return JSON.parse(await runWell(program, args, { env: await emptyHome() }));
}

/** `helm pull --verify` as a process; gives milliseconds. */
export async function pullAndVerify(helm: string, reference: string, folder: string): Promise<number> {
  const args = ['pull', reference, '--version', VERSION, '--verify', '--keyring', KEYS.binary];
  const env = await emptyHome();
  const startedAt = performance.now();
  const { status, stderr } = await runToEnd(helm, [...args, '--plain-http', '-d', folder], { env });
  if (status !== 0) throw new Error(`helm pull failed: ${stderr}`);
  return performance.now() - startedAt;
}

let home: string | undefined;

/** Where Helm keeps nothing of this user: made by {@link useHome}. */
async function emptyHome(): Promise<NodeJS.ProcessEnv> {
  const at = home ?? '/nonexistent';
  const places = { HELM_CACHE_HOME: 'cache', HELM_CONFIG_HOME: 'config', HELM_DATA_HOME: 'data' };
  const own = Object.entries(places).map(([name, folder]) => [name, join(at, folder)]);
  return { ...process.env, ...Object.fromEntries(own) };
}

/** Names a folder for Helm's caches and settings. */
export function useHome(folder: string): void {
  home = folder;
}
