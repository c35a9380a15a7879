import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

declare module 'vitest' {
  interface ProvidedContext {
    /** The bundled Worker of test/support/worker.ts. */
    workerScript: string;
  }
}

/** Bundles the test Worker once a run, so that suites meet what would be deployed. */
export async function setup(project: TestProject): Promise<void> {
  project.provide('workerScript', await bundleWorker('test/support/worker.ts'));
}

/**
 * Bundles a Worker of the tests with wrangler, as the real one is.
 * @param entry from the root of the repository
 */
export async function bundleWorker(entry: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chartseal-worker-'));
  try {
    const config = join(ROOT, 'test/support/wrangler.toml');
    const wrangler = join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
    const args = [wrangler, 'deploy', entry, '--dry-run', '--outdir', folder, '--config', config];
    const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG_PATH: folder };
    await promisify(execFile)(process.execPath, args, { cwd: ROOT, env });
    return await readFile(join(folder, basename(entry).replace(/ts$/, 'js')), 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
