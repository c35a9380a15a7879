import { parseConfig } from '../../src/config/index.ts';
import { logLine } from '../../src/platform/log-line.ts';
import { createSignerReader } from '../../src/platform/read-signer.ts';
import { createSigstoreSignerReader } from '../../src/platform/read-sigstore-signer.ts';
import { createService, type Service } from '../../src/service.ts';
import { createTestState } from './test-state.ts';

// Milliseconds that a service for signing has, where one of a suite never answers. Twice those of the suites on Node: others
// sign meanwhile, by requests that pass through sockets.
const QUICK = { certificateAuthorityMs: 6000, logMs: 6000, timestampAuthorityMs: 6000 };

// The Worker that the suites ask in workerd: as many services as a suite starts, each made by the same function as
// src/worker.ts makes its one, with a clock that the suite sets.

interface Running {
  service: Service;
  lines: string[];
  state: { now: number };
}

const running = new Map<string, Running>();

export default {
  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const id = request.headers.get('x-test-service') ?? '';
    if (url.pathname === '/__start') {
      running.set(id, await start(await request.json()));
      return new Response('started');
    }
    const found = running.get(id);
    if (found === undefined) return new Response(`no service ${id}`, { status: 599 });
    if (url.pathname === '/__now') {
      found.state.now = Number(await request.text());
      return new Response('ok');
    }
    if (url.pathname === '/__logs') return Response.json(found.lines);
    const headers = new Headers(request.headers);
    headers.delete('x-test-service');
    return found.service.fetch(new Request(request, { headers }));
  },
};

interface Start {
  config: string;
  files: Record<string, string>;
  secrets: Record<string, string>;
  now: number;
  auditRefuses: string[];
}

async function start({ config, files, secrets, now, auditRefuses }: Start): Promise<Running> {
  const state = { now };
  const lines: string[] = [];
  const readers = {
    fetch: (input: RequestInfo | URL, init?: RequestInit) => fetch(input, init),
    clock: () => state.now,
  };
  const parsed = await parseConfig({
    text: config,
    path: 'chartseal.yaml',
    readFile: async (path) => {
      const base64 = files[path];
      if (base64 === undefined) throw new Error(`ENOENT: ${path}`);
      return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    },
    secret: (name) => secrets[name],
    readSigner: createSignerReader(readers),
    readSigstoreSigner: createSigstoreSignerReader({ ...readers, sleep: async () => {}, timeouts: QUICK }),
    runtime: 'edge',
  });
  const service = createService({
    config: parsed,
    fetch: (input, init) => fetch(input, init),
    clock: () => state.now,
    log: (record) => lines.push(logLine(record, state.now)),
    clientAddress: () => '192.0.2.1',
    state: parsed.signing.size > 0 ? createTestState(() => state.now, auditRefuses) : undefined,
  });
  return { service, lines, state };
}
