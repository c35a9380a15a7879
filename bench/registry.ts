// A process of the bench: the in-memory registry on loopback, so that its time is not counted as anybody's.
// node registry.ts LATENCY_MS CHARTS_AS_JSON
import { readFile } from 'node:fs/promises';
import { createMemoryRegistry } from '../src/memory-registry/index.ts';
import { serveHandler } from '../src/platform/node/serve-handler.ts';
import { type BenchChart, VERSION } from './charts.ts';

const [latencyMs = '0', charts = '[]'] = process.argv.slice(2);
const registry = createMemoryRegistry();
for (const chart of JSON.parse(charts) as BenchChart[]) {
  await registry.pushChart(`charts/${chart.name}`, VERSION, {
    archive: new Uint8Array(await readFile(chart.archive)),
    prov: new Uint8Array(await readFile(chart.provenance)),
    config: chart.config,
  });
}
registry.quirks.latencyMs = Number(latencyMs);
const server = await serveHandler((request) => {
  // The log of requests is for tests; here it would only grow.
  registry.requests.length = 0;
  return registry.fetch(request);
});
process.send?.(server.url);
