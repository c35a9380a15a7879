// npm run bench:admission: a burst of admission reviews, beside the same load on a bare handler.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryRegistry } from '../src/memory-registry/index.ts';
import { serveHandler } from '../src/platform/node/serve-handler.ts';
import { makeCharts, VERSION } from './charts.ts';
import { findHelm, useHome } from './helm.ts';
import { type LoadResult, runLoad } from './load.ts';
import { stopAll } from './processes.ts';
import { startBareNode, startNode, TOKEN, writeConfig } from './stage.ts';
import { figure, median, printTable } from './table.ts';

const REVIEWS = 1000;
const AT_ONCE = 100;
const CHARTS = 20;
const LATENCY_MS = 50;

const folder = await mkdtemp(join(tmpdir(), 'chartseal-bench-admission-'));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stopAll());
let failed = false;
try {
  failed = !(await bench());
} finally {
  await stopAll();
  await rm(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);

async function bench(): Promise<boolean> {
  useHome(join(folder, 'helm'));
  const [chart] = await makeCharts(folder, findHelm());
  const registry = createMemoryRegistry();
  const archive = new Uint8Array(await readFile(chart!.archive));
  const prov = new Uint8Array(await readFile(chart!.provenance));
  for (let i = 0; i < CHARTS; i++) {
    await registry.pushChart(`team-${i}/${chart!.name}`, VERSION, { archive, prov, config: chart!.config });
  }
  registry.quirks = { latencyMs: LATENCY_MS };
  const served = await serveHandler((request) => registry.fetch(request));
  const host = new URL(served.url).host;
  const config = await writeConfig(
    join(folder, 'config'),
    { url: served.url },
    {
      admission: { callers: ['bench'] },
    },
  );
  const node = await startNode(config);
  const bare = await startBareNode();

  const bodies = Array.from({ length: CHARTS }, (_, i) =>
    review(i, `oci://${host}/team-${i}/${chart!.name}`),
  );
  const reviews = {
    url: `${node.url}/admission/validate?timeout=5s`,
    headers: { authorization: `Bearer ${TOKEN}` },
    body: bodies,
    expect: '"allowed":true',
  };
  const plain = { ...reviews, url: `${bare.url}/admission/validate?timeout=5s` };

  const burst = await runLoad(reviews, REVIEWS, AT_ONCE, 60_000);
  const cold = {
    manifests: registry.count(/^GET .*\/manifests\//),
    blobs: registry.count(/^GET .*\/blobs\//),
    heads: registry.count(/^HEAD/),
  };
  const again = await runLoad(reviews, REVIEWS, AT_ONCE, 60_000);
  await runLoad(plain, 2000, AT_ONCE, 60_000);
  const handler = await runLoad(plain, REVIEWS, AT_ONCE, 60_000);
  await served.close({ graceMs: 0 });

  console.log(
    `${REVIEWS} reviews, ${AT_ONCE} at once, ${CHARTS} distinct charts, in-memory registry with ${LATENCY_MS} ms a request; ` +
      `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, load ${loadavg()[0]!.toFixed(1)}`,
  );
  printTable(
    'Reviews',
    ['', 'answered', 'reviews/s', 'median ms', 'p99 ms', 'slowest ms'],
    [
      ['nothing known, process just started', ...row(burst)],
      ['verdicts known, one HEAD for the tag each', ...row(again)],
      ['bare Hono handler, warm', ...row(handler)],
    ],
  );
  console.log(
    `\nregistry requests of the first burst: ${cold.manifests} manifests, ${cold.blobs} provenance files, ${cold.heads} HEAD`,
  );
  const dropped = [burst, again].reduce((sum, { requests }) => sum + REVIEWS - requests, 0);
  const once = cold.manifests === CHARTS && cold.blobs === CHARTS;
  console.log(`dropped: ${dropped}; each distinct chart verified once: ${once ? 'yes' : 'NO'}`);
  return dropped === 0 && once;
}

function row({ requests, wallMs, totalMs }: LoadResult): string[] {
  const sorted = wallMs.toSorted((a, b) => a - b);
  const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
  return [
    String(requests),
    figure((requests / totalMs) * 1000),
    figure(median(wallMs)),
    figure(p99),
    figure(sorted.at(-1) ?? Number.NaN),
  ];
}

// As an API server sends it for an OCIRepository of Flux, managed fields left out.
function review(index: number, url: string): string {
  const gvk = { group: 'source.toolkit.fluxcd.io', version: 'v1', kind: 'OCIRepository' };
  const resource = { group: gvk.group, version: gvk.version, resource: 'ocirepositories' };
  const name = `app-${index}`;
  return JSON.stringify({
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      kind: gvk,
      resource,
      requestKind: gvk,
      requestResource: resource,
      name,
      namespace: 'default',
      operation: 'CREATE',
      userInfo: { username: 'admin', groups: ['system:masters', 'system:authenticated'] },
      object: {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'OCIRepository',
        metadata: { name, namespace: 'default', creationTimestamp: '2026-11-23T12:00:00Z', generation: 1 },
        spec: { interval: '10m', provider: 'generic', timeout: '60s', url, ref: { tag: VERSION } },
      },
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  });
}
