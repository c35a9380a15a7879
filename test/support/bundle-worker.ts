import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** Bundles the test Worker once a run, with wrangler, so that suites meet what would be deployed. */
export async function setup(project: TestProject): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'chartseal-worker-'));
  try {
    const config = join(ROOT, 'test/support/wrangler.toml');
    const args = [
      join(ROOT, 'node_modules/wrangler/bin/wrangler.js'),
      'deploy',
      '--dry-run',
      '--outdir',
      folder,
      '--config',
      config,
    ];
    const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG_PATH: folder };
    await promisify(execFile)(process.execPath, args, { cwd: ROOT, env });
    project.provide('workerScript', await readFile(join(folder, 'worker.js'), 'utf8'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
