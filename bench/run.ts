// npm run bench: the goals of the design as ratios, measured in one run on one machine. See README.md.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchChart, makeCharts } from './charts.ts';
import { findHelm, findLibrary, findRegistry, useHome } from './helm.ts';
import { measureCommandLine } from './measure-command-line.ts';
import { measureLibrary } from './measure-library.ts';
import { measureService, type ServiceFigures } from './measure-service.ts';
import { stopAll } from './processes.ts';
import { startRealRegistry } from './real-registry.ts';
import {
  bundleWorkers,
  startBareNode,
  startNode,
  startRegistry,
  startWorkerd,
  writeConfig,
} from './stage.ts';
import { figure, printGoals, printTable } from './table.ts';

const began = Date.now();
const folder = await mkdtemp(join(tmpdir(), 'chartseal-bench-'));
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupted = true;
    void stopAll();
  });
}
try {
  await bench();
} catch (error) {
  // What is measured informs; nothing hangs on it.
  if (!interrupted) console.error(error);
} finally {
  await stopAll();
  await rm(folder, { recursive: true, force: true });
}
process.exit(0);

async function bench(): Promise<void> {
  const helm = findHelm();
  const library = await findLibrary();
  useHome(join(folder, 'helm'));
  await mkdir(join(folder, 'pulled'));
  const [small, large] = (await makeCharts(folder, helm)) as [BenchChart, BenchChart];
  const binary = findRegistry();
  const real = binary !== undefined && helm !== undefined;
  const registry = real
    ? await startRealRegistry(binary, helm, folder, [small, large])
    : await startRegistry(0, [small, large]);
  const slowRegistry = await startRegistry(50, [small]);
  const config = await writeConfig(join(folder, 'config'), registry);
  const workers = await bundleWorkers(join(folder, 'workers'), config);

  const signer = helm === undefined ? 'openpgp.js (Helm is not installed)' : 'Helm 4.2.4';
  console.log(
    `chartseal bench: ${new Date(began).toISOString().slice(0, 10)}, Node ${process.versions.node}, ` +
      `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown processor'}`,
  );
  console.log(
    `charts signed by ${signer} with an RSA-3072 key: ${kilo(small)} kB and ${kilo(large)} kB; ` +
      `registry: ${real ? 'distribution 3.1.2' : 'the in-memory one'}, a process of its own; ` +
      `load before the start: ${loadavg()[0]!.toFixed(1)}`,
  );

  const host = new URL(registry.url).host;
  const charts = { small: `oci://${host}/charts/${small.name}`, large: `oci://${host}/charts/${large.name}` };
  const node = await measureService({
    chartseal: await startNode(config),
    bare: await startBareNode(),
    charts,
    registry,
  });
  const workerd = await measureService({
    chartseal: await startWorkerd(workers.chartseal),
    bare: await startWorkerd(workers.bare),
    charts,
    registry,
  });
  const inLibrary = library === undefined ? undefined : await measureLibrary(library, charts);
  const pulled = join(folder, 'pulled');
  const fast = await measureCommandLine({ reference: charts.small, helm, pulled, runs: 15 });
  const slowHost = new URL(slowRegistry.url).host;
  const reference = `oci://${slowHost}/charts/${small.name}`;
  const slow = await measureCommandLine({ reference, helm, pulled, runs: 9 });

  const serviceRows = ([name, f]: [string, ServiceFigures]) => [
    [`cold, small chart, ${name}`, ...pair(f.coldSmall)],
    [`cold, 24 MB chart, ${name}`, ...pair(f.coldLarge)],
    [`cached by tag, ${name}`, ...pair(f.cachedByTag)],
    [`cached by digest, ${name}`, ...pair(f.cachedByDigest)],
    [`bare Hono handler, ${name}`, ...pair(f.bare)],
  ];
  printTable(
    'One after the other (medians)',
    ['', 'wall ms', 'CPU ms'],
    [
      ...serviceRows(['Node', node]),
      ...serviceRows(['workerd', workerd]),
      ...(inLibrary
        ? [
            ["small chart, Helm's library in a warm process", ...pair(inLibrary.small)],
            ["24 MB chart, Helm's library in a warm process", ...pair(inLibrary.large)],
          ]
        : []),
      ['chartseal verify, 0 ms a registry request', figure(fast.chartseal), ''],
      ...(helm ? [['helm pull --verify, 0 ms a registry request', figure(fast.helm!), '']] : []),
      ['chartseal verify, 50 ms a registry request', figure(slow.chartseal), ''],
      ...(helm ? [['helm pull --verify, 50 ms a registry request', figure(slow.helm!), '']] : []),
    ],
  );
  printTable(
    '16 connections at a time (requests a second)',
    ['', 'Node', 'workerd'],
    (['coldRate', 'cachedByTagRate', 'cachedByDigestRate', 'bareRate'] as const).map((key) => [
      {
        coldRate: 'cold',
        cachedByTagRate: 'cached by tag',
        cachedByDigestRate: 'cached by digest',
        bareRate: 'bare Hono handler',
      }[key],
      figure(node[key]),
      figure(workerd[key]),
    ]),
  );
  const ratio = (a: number, b: number | undefined) => (b === undefined ? undefined : a / b);
  printGoals([
    {
      what: "cold verdict / Helm's library, wall, Node",
      value: ratio(node.coldSmall.wallMs, inLibrary?.small.wallMs),
      unit: '×',
      atMost: 0.5,
    },
    {
      what: "cold verdict / Helm's library, CPU, Node",
      value: ratio(node.coldSmall.cpuMs, inLibrary?.small.cpuMs),
      unit: '×',
      atMost: 0.8,
    },
    {
      what: "cold verdict / Helm's library, wall, workerd",
      value: ratio(workerd.coldSmall.wallMs, inLibrary?.small.wallMs),
      unit: '×',
      atMost: 0.5,
    },
    {
      what: "cold verdict / Helm's library, CPU, workerd",
      value: ratio(workerd.coldSmall.cpuMs, inLibrary?.small.cpuMs),
      unit: '×',
      atMost: 0.8,
    },
    { what: '24 MB chart / small chart, wall, Node', value: node.largeRatio, unit: '×', atMost: 1.1 },
    { what: '24 MB chart / small chart, wall, workerd', value: workerd.largeRatio, unit: '×', atMost: 1.1 },
    {
      what: 'cached by digest / bare Hono handler, throughput, Node',
      value: node.cachedRatio,
      unit: '×',
      atLeast: 0.5,
    },
    {
      what: 'cached by digest / bare Hono handler, throughput, workerd',
      value: workerd.cachedRatio,
      unit: '×',
      atLeast: 0.5,
    },
    { what: 'CPU of a cold verdict in workerd', value: workerd.coldSmall.cpuMs, unit: 'ms', below: 10 },
    {
      what: 'chartseal verify / helm pull --verify, 0 ms a request',
      value: ratio(fast.chartseal, fast.helm),
      unit: '×',
      atMost: 1.3,
    },
    {
      what: 'chartseal verify / helm pull --verify, 50 ms a request',
      value: ratio(slow.chartseal, slow.helm),
      unit: '×',
      below: 1,
    },
    { what: 'Worker bundle, gzipped', value: workers.chartseal.gzipBytes / 1024, unit: 'KiB', atMost: 1024 },
  ]);
  console.log(`\n${Math.round((Date.now() - began) / 1000)} s in all`);
}

function pair({ wallMs, cpuMs }: { wallMs: number; cpuMs: number }): string[] {
  return [figure(wallMs), figure(cpuMs)];
}

function kilo(chart: BenchChart): number {
  return Math.round(chart.bytes / 100) / 10;
}
