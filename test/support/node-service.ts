import { parseConfig } from '../../src/config/index.ts';
import { createRegistryNetwork } from '../../src/memory-registry/index.ts';
import { logLine } from '../../src/platform/node/log-line.ts';
import { createSignerReader } from '../../src/platform/read-signer.ts';
import { createSigstoreSignerReader } from '../../src/platform/read-sigstore-signer.ts';
import { createService } from '../../src/service.ts';
import type { TestService, TestServiceOptions } from './service.ts';
import { createTestState } from './test-state.ts';

// Milliseconds that a service for signing has, where one of a suite never answers.
const QUICK = { certificateAuthorityMs: 3000, logMs: 3000, timestampAuthorityMs: 3000 };

export async function startNodeService(options: TestServiceOptions): Promise<TestService> {
  let now = options.now ?? Date.UTC(2026, 10, 23, 12);
  const lines: string[] = [];
  const readers = { fetch: createRegistryNetwork(options.hosts), clock: () => now };
  const config = await parseConfig({
    text: options.config,
    path: 'chartseal.yaml',
    readFile: async (path) => {
      const bytes = options.files?.[path];
      if (bytes === undefined) throw new Error(`ENOENT: ${path}`);
      return bytes;
    },
    secret: (name) => options.secrets?.[name],
    readSigner: createSignerReader(readers),
    readSigstoreSigner: createSigstoreSignerReader({ ...readers, sleep: async () => {}, timeouts: QUICK }),
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
