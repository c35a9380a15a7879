import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchChart } from './charts.ts';
import { pushChart } from './helm.ts';
import { freePort, start, untilUp } from './processes.ts';
import type { Server } from './stage.ts';

/**
 * distribution, the registry that most in-house registries are built of, with the charts pushed by Helm.
 * @param binary as `test/interop/install.sh` builds it
 */
export async function startRealRegistry(
  binary: string,
  helm: string,
  folder: string,
  charts: BenchChart[],
): Promise<Server> {
  const port = await freePort();
  const file = join(folder, 'registry.json');
  // JSON is YAML.
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: join(folder, 'registry') },
      cache: { blobdescriptor: 'inmemory' },
    },
    http: { addr: `127.0.0.1:${port}` },
  };
  await writeFile(file, JSON.stringify(config));
  const child = start(binary, ['serve', file], { env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' } });
  const url = `http://127.0.0.1:${port}`;
  await untilUp(`${url}/v2/`, child);
  for (const chart of charts) await pushChart(helm, chart.archive, `oci://127.0.0.1:${port}/charts`);
  return { url, child, pid: child.pid! };
}
