import { parseConfig } from '../../src/config/index.ts';
import { createRegistryNetwork } from '../../src/memory-registry/index.ts';
import { logLine } from '../../src/platform/node/log-line.ts';
import { createSignerReader } from '../../src/platform/read-signer.ts';
import { createService } from '../../src/service.ts';
import type { TestService, TestServiceOptions } from './service.ts';
import { createTestState } from './test-state.ts';

export async function startNodeService(options: TestServiceOptions): Promise<TestService> {
  let now = options.now ?? Date.UTC(2026, 10, 23, 12);
  const lines: string[] = [];
  const config = await parseConfig({
    text: options.config,
    path: 'chartseal.yaml',
    readFile: async (path) => {
      const bytes = options.files?.[path];
      if (bytes === undefined) throw new Error(`ENOENT: ${path}`);
      return bytes;
    },
    secret: (name) => options.secrets?.[name],
    readSigner: createSignerReader({ fetch: createRegistryNetwork(options.hosts), clock: () => now }),
  });
  const service = createService({
    config,
    shared: true,
    fetch: createRegistryNetwork(options.hosts),
    clock: () => now,
    log: (record) => lines.push(logLine(record, now)),
    clientAddress: () => '192.0.2.1',
    state: config.signing.size > 0 ? createTestState(() => now, options.auditRefuses) : undefined,
  });
  return {
    fetch: async (path, init) => service.fetch(new Request(`http://chartseal.test${path}`, init)),
    setNow: async (value) => {
      now = value;
    },
    logs: async () => [...lines],
  };
}
