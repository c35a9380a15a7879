import { mkdtempSync, rmSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { readArchive } from '../../src/chart/index.ts';
import { run } from '../../src/cli/run.ts';
import { createMemoryRegistry, type MemoryRegistry } from '../../src/memory-registry/index.ts';
import type { Io } from '../../src/platform/node/io.ts';
import { type RunningServer, serveHandler } from '../../src/platform/node/serve-handler.ts';

/** After the day on which the fixtures were signed. */
export const NOW = Date.parse('2026-11-24T12:00:00Z');

export const fixturePath = (name: string) =>
  fileURLToPath(new URL(`../fixtures/demo/${name}`, import.meta.url));
export const fixture = async (name: string) => new Uint8Array(await readFile(fixturePath(name)));
export const RELEASE_KEY = fixturePath('release.asc');
export const STRANGER_KEY = fileURLToPath(new URL('../fixtures/keys/stranger.asc', import.meta.url));

export interface Ran {
  status: number;
  stdout: string;
  stderr: string;
}

// Not the folder for temporary files itself, where somebody may have left a chartseal.yaml.
const nowhere = mkdtempSync(join(tmpdir(), 'chartseal-cli-'));
afterAll(() => rmSync(nowhere, { recursive: true, force: true }));

/** Runs a command in this process, in a directory of its own unless told. */
export async function cli(argv: string[], options: Partial<Io> & { terminal?: boolean } = {}): Promise<Ran> {
  const { terminal = false, ...rest } = options;
  const out: string[] = [];
  const err: string[] = [];
  let id = 0;
  const status = await run(argv, {
    stdout: { write: (text) => out.push(text), isTTY: terminal },
    stderr: { write: (text) => err.push(text), isTTY: terminal },
    env: NO_CREDENTIALS,
    cwd: nowhere,
    clock: () => NOW,
    newId: () => `id-${++id}`,
    random: (bytes) => new Uint8Array(bytes).fill(7),
    untilStopped: async () => {},
    ...rest,
  });
  return { status, stdout: out.join(''), stderr: err.join('') };
}

/** Keeps the credentials of whoever runs the tests out of them. */
export const NO_CREDENTIALS = {
  HELM_REGISTRY_CONFIG: '/nonexistent/helm.json',
  DOCKER_CONFIG: '/nonexistent',
  REGISTRY_AUTH_FILE: '/nonexistent/auth.json',
};

/** A directory with the files given, removed by `done`. */
export async function directory(files: Record<string, string | Uint8Array> = {}) {
  const path = await mkdtemp(join(tmpdir(), 'chartseal-cli-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content);
  return { path, done: () => rm(path, { recursive: true, force: true }) };
}

/** The memory registry on a loopback port, with the charts of the demo in it. */
export async function servedRegistry(): Promise<{
  registry: MemoryRegistry;
  host: string;
  server: RunningServer;
}> {
  const registry = createMemoryRegistry({ clock: () => NOW });
  const server = await serveHandler((request) => registry.fetch(request));
  const push = async (repository: string, tag: string, archive: string, prov = true) => {
    const bytes = await fixture(archive);
    const { metadata } = await readArchive(new Blob([bytes]).stream());
    const chart = { archive: bytes, config: { ...metadata } };
    await registry.pushChart(
      repository,
      tag,
      prov ? { ...chart, prov: await fixture(`${archive}.prov`) } : chart,
    );
  };
  await push('charts/app', '1.2.3', 'app-1.2.3.tgz');
  await push('charts/app', '1.0.0', 'app-1.0.0.tgz');
  await push('charts/app', '1.2.3_build.7', 'app-1.2.3+build.7.tgz');
  await push('retagged/app', '1.2.4', 'app-1.0.0.tgz');
  await push('tampered/app', '1.2.3', 'tampered/app-1.2.3.tgz');
  await push('stranger/app', '1.2.3', 'stranger/app-1.2.3.tgz');
  await push('expired/app', '1.2.3', 'expired/app-1.2.3.tgz');
  await push('unsigned/app', '1.2.3', 'unsigned/app-1.2.3.tgz', false);
  return { registry, host: new URL(server.url).host, server };
}
