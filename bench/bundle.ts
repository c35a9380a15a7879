import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { runWell } from './processes.ts';

const ROOT = join(import.meta.dirname, '..');

/** A Worker as `wrangler deploy` would upload it. */
export interface Bundle {
  script: string;
  gzipBytes: number;
}

/**
 * Bundles a Worker with wrangler.
 * @param main the entry point
 * @param workerConfig the module that stands for `#worker-config`
 */
export async function bundleWorker(folder: string, main: string, workerConfig?: string): Promise<Bundle> {
  await mkdir(folder, { recursive: true });
  const config = join(folder, 'wrangler.json');
  await writeFile(
    config,
    JSON.stringify({
      name: 'bench',
      main: join(ROOT, main),
      compatibility_date: '2026-10-01',
      compatibility_flags: ['nodejs_compat'],
      send_metrics: false,
      alias: {
        // As in wrangler.toml.
        crypto: join(ROOT, 'src/platform/edge/crypto.ts'),
        ...(workerConfig === undefined ? {} : { '#worker-config': workerConfig }),
      },
    }),
  );
  const out = join(folder, 'out');
  const wrangler = join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
  const args = [wrangler, 'deploy', '--dry-run', '--outdir', out, '--config', config];
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG_PATH: folder };
  await runWell(process.execPath, args, { cwd: ROOT, env });
  const script = join(out, main.replace(/^.*\//, '').replace(/ts$/, 'js'));
  await stat(script);
  return { script, gzipBytes: gzipSync(await readFile(script)).length };
}

/** A configuration of workerd that serves one Worker on loopback, without anything of miniflare before it. */
export function workerdConfig(bundle: Bundle, port: number, secrets: Record<string, string>): string {
  const bindings = Object.entries(secrets).map(([name, text]) => `(name = "${name}", text = "${text}")`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "${basename(bundle.script)}")],
  compatibilityDate = "2026-10-01",
  compatibilityFlags = ["nodejs_compat"],
  bindings = [${bindings.join(', ')}],
);
`;
}
