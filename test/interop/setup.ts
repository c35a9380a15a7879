import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { type RunningRegistry, startRegistries } from './registries.ts';
import { missingTools } from './tools.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A temporary folder for the whole run. */
    dir: string;
    registries: RunningRegistry[];
  }
}

/** Starts the registries for all suites. With CHARTSEAL_INTEROP_REQUIRE=1 (as in CI) a missing program is an error. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const missing = missingTools();
  if (missing.length > 0 && process.env.CHARTSEAL_INTEROP_REQUIRE === '1') {
    throw new Error(
      `missing programs: ${missing.map(({ name, reason }) => `${name} (${reason})`).join(', ')}`,
    );
  }
  const dir = await mkdtemp(join(tmpdir(), 'chartseal-interop-'));
  process.env.CHARTSEAL_INTEROP_DIR = dir;
  const { registries, stop } = await startRegistries(dir);
  project.provide('dir', dir);
  project.provide('registries', registries);
  return async () => {
    await stop();
    if (process.env.CHARTSEAL_INTEROP_KEEP !== '1') await rm(dir, { recursive: true, force: true });
  };
}
