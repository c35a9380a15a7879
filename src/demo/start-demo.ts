import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../base/clock.ts';
import { ChartsealError } from '../base/error.ts';
import { readArchive } from '../chart/index.ts';
import { parseConfig } from '../config/index.ts';
import { createMemoryRegistry } from '../memory-registry/index.ts';
import { startService } from '../node.ts';
import { serveHandler } from '../platform/node/serve-handler.ts';
import { DEMO_CHARTS } from './demo-charts.ts';

/** Beside `src/` as beside `dist/`. */
const FIXTURES = new URL('../../test/fixtures/demo/', import.meta.url);

interface Demo {
  /** Host and port of the registry, for references. */
  registry: string;
  /** Where the service is asked. */
  service: string;
  close(): Promise<void>;
}

/**
 * Starts the registry and the service on free loopback ports and pushes the charts.
 * @throws ChartsealError file.unreadable when the demo's charts are not there
 */
export async function startDemo(clock: Clock): Promise<Demo> {
  if (!existsSync(FIXTURES)) {
    throw new ChartsealError(
      'file.unreadable',
      `the charts of the demo are not at ${fileURLToPath(FIXTURES)}`,
      {
        help: 'Run the demo in a clone of the repository, or install the package again.',
      },
    );
  }
  const memory = createMemoryRegistry({ clock });
  const registry = await serveHandler((request) => memory.fetch(request));
  const host = new URL(registry.url).host;
  try {
    for (const chart of DEMO_CHARTS) {
      const archive = await fixture(chart.archive);
      await memory.pushChart(chart.repository, chart.tag, {
        archive,
        config: await configOf(archive),
        ...(chart.provenance === undefined ? {} : { prov: await fixture(chart.provenance) }),
      });
    }
    memory.quirks.stall = /\/v2\/stalled\//;
    const service = await startService({
      config: await demoConfig(host),
      env: {},
      host: '127.0.0.1',
      port: 0,
      clock,
      log: () => {},
    });
    return {
      registry: host,
      service: service.url,
      close: async () => {
        await service.close();
        await registry.close();
      },
    };
  } catch (error) {
    await registry.close();
    throw error;
  }
}

// A short deadline, so that the registry that stalls is given up soon.
function demoConfig(host: string) {
  const text = `
registries:
  - { host: "${host}", plainHttp: true }
trust:
  release-team: { pgp: release.asc }
policies:
  - { name: demo, match: ["${host}/**"], require: release-team }
access: { verify: anyone }
limits: { requestTimeoutMs: 1000, overallTimeoutMs: 2000, retries: 0 }
`;
  return parseConfig({ text, path: "the demo's configuration", readFile: fixture, secret: () => undefined });
}

// `helm push` writes the metadata of the archive into the config.
async function configOf(archive: Uint8Array): Promise<Record<string, unknown>> {
  const { metadata } = await readArchive(new Blob([new Uint8Array(archive)]).stream());
  return { ...metadata };
}

async function fixture(path: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(new URL(path, FIXTURES)));
}
