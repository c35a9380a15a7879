import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * src/worker.ts as it is deployed: bundled by wrangler, with this configuration and these files in place of those that
 * are built.
 */
export async function bundleEdge(config: object, files: Record<string, Uint8Array>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chartseal-edge-'));
  try {
    const base64 = Object.fromEntries(
      Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]),
    );
    const bundled = { path: 'chartseal.yaml', text: JSON.stringify(config), files: base64 };
    await writeFile(
      join(folder, 'worker-config.js'),
      `export const bundledConfig = ${JSON.stringify(bundled)};`,
    );
    const settings = {
      name: 'chartseal-edge-test',
      main: join(ROOT, 'src/worker.ts'),
      compatibility_date: '2026-10-01',
      compatibility_flags: ['nodejs_compat'],
      send_metrics: false,
      alias: {
        '#worker-config': join(folder, 'worker-config.js'),
        crypto: join(ROOT, 'src/platform/edge/crypto.ts'),
      },
    };
    await writeFile(join(folder, 'wrangler.json'), JSON.stringify(settings));
    const wrangler = join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
    const args = ['deploy', '--dry-run', '--outdir', folder, '--config', join(folder, 'wrangler.json')];
    const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG_PATH: folder };
    await promisify(execFile)(process.execPath, [wrangler, ...args], { cwd: ROOT, env });
    return await readFile(join(folder, 'worker.js'), 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
