import { VERSION } from './charts.ts';
import { type Load, runLoad } from './load.ts';
import type { Cost } from './measure-library.ts';
import { cpuMs, stop } from './processes.ts';
import { type Server, TOKEN } from './stage.ts';
import { median } from './table.ts';

export interface ServiceFigures {
  coldSmall: Cost;
  coldLarge: Cost;
  cachedByTag: Cost;
  cachedByDigest: Cost;
  bare: Cost;
  /** Requests a second. */
  coldRate: number;
  cachedByTagRate: number;
  cachedByDigestRate: number;
  bareRate: number;
  /** Wall time of the large chart over that of the small one, measured in turns. */
  largeRatio: number;
  /** Throughput of cached verdicts over that of the bare handler, measured in turns. */
  cachedRatio: number;
}

const CONNECTIONS = 16;
const ROUNDS = 5;

/** One runtime: chartseal and the bare handler, asked over loopback HTTP. Ends both. */
export async function measureService(options: {
  chartseal: Server;
  bare: Server;
  /** References without a tag. */
  charts: { small: string; large: string };
  registry: Server;
}): Promise<ServiceFigures> {
  const { chartseal, bare, charts } = options;
  const ask = (reference: string, headers: Record<string, string> = {}): Load => ({
    url: `${chartseal.url}/v1/verify`,
    headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    body: JSON.stringify({ reference }),
    expect: '"verdict": "allow"',
  });
  const cold = { 'cache-control': 'no-cache' };
  const small = ask(`${charts.small}:${VERSION}`, cold);
  const large = ask(`${charts.large}:${VERSION}`, cold);
  const byTag = ask(`${charts.small}:${VERSION}`);
  const byDigest = ask(`${charts.small}@${await digestOf(options.registry, charts.small)}`);
  const plain: Load = { ...byTag, url: `${bare.url}/v1/verify`, expect: '"verdict":"allow"' };

  // Compiled and optimised before anything counts.
  await runLoad(small, 600, 4, 4000);
  await runLoad(large, 100, 4);
  await runLoad(byTag, 500, 4);
  for (const load of [byDigest, plain]) await runLoad(load, 5000, CONNECTIONS);

  const alone = {
    small: recorder(small, chartseal, 60),
    large: recorder(large, chartseal, 60),
    byTag: recorder(byTag, chartseal, 100),
    byDigest: recorder(byDigest, chartseal, 400),
    bare: recorder(plain, bare, 400),
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (const one of Object.values(alone)) await one.run();
  }
  const crowd = {
    cold: rates(small, 200),
    byTag: rates(byTag, 500),
    byDigest: rates(byDigest, 6000),
    bare: rates(plain, 10_000),
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (const one of Object.values(crowd)) await one.run();
  }
  await Promise.all([stop(chartseal.child), stop(bare.child)]);

  const ratios = crowd.byDigest.found.map((rate, round) => rate / crowd.bare.found[round]!);
  return {
    coldSmall: alone.small.cost(),
    coldLarge: alone.large.cost(),
    cachedByTag: alone.byTag.cost(),
    cachedByDigest: alone.byDigest.cost(),
    bare: alone.bare.cost(),
    coldRate: median(crowd.cold.found),
    cachedByTagRate: median(crowd.byTag.found),
    cachedByDigestRate: median(crowd.byDigest.found),
    bareRate: median(crowd.bare.found),
    largeRatio: alone.large.cost().wallMs / alone.small.cost().wallMs,
    cachedRatio: median(ratios),
  };
}

/** One request at a time: what each takes, and the processor time of the server. */
function recorder(load: Load, server: Server, count: number) {
  const walls: number[] = [];
  let cpu = 0;
  return {
    async run() {
      const before = cpuMs(server.pid);
      walls.push(...(await runLoad(load, count)).wallMs);
      cpu += cpuMs(server.pid) - before;
    },
    cost: (): Cost => ({ wallMs: median(walls), cpuMs: cpu / walls.length }),
  };
}

function rates(load: Load, count: number) {
  const found: number[] = [];
  return {
    found,
    async run() {
      const { requests, totalMs } = await runLoad(load, count, CONNECTIONS);
      found.push((requests / totalMs) * 1000);
    },
  };
}

async function digestOf(registry: Server, chart: string): Promise<string> {
  const path = new URL(chart.replace('oci:', 'http:')).pathname;
  const answer = await fetch(`${registry.url}/v2${path}/manifests/${VERSION}`, {
    method: 'HEAD',
    headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
  });
  const digest = answer.headers.get('docker-content-digest');
  if (digest === null) throw new Error('the registry names no digest');
  return digest;
}
