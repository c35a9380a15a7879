import { bundledConfig } from '#worker-config';
import type { Clock } from './base/clock.ts';
import { ChartsealError } from './base/error.ts';
import { parseConfig } from './config/index.ts';
import { problemResponse } from './http/index.ts';
import { openEdgeState, type StateBindings } from './platform/edge/open-edge-state.ts';
import { newId } from './platform/new-id.ts';
import { logLine } from './platform/node/log-line.ts';
import { createSignerReader } from './platform/read-signer.ts';
import { createSigstoreSignerReader } from './platform/read-sigstore-signer.ts';
import { createService, type Service } from './service.ts';
import type { State } from './state/index.ts';

/** Secrets of the Worker by name, and whatever else is bound. */
type Environment = Record<string, unknown>;

let service: Promise<Service> | undefined;

// Made at the first request, because secrets come with it; once for the life of the isolate. A configuration that
// cannot be used is tried again at the next request.
function serviceFor(environment: Environment): Promise<Service> {
  service ??= start(environment).catch((error) => {
    service = undefined;
    throw error;
  });
  return service;
}

async function start(environment: Environment): Promise<Service> {
  const clock = () => Date.now();
  const readers = { fetch: (input: RequestInfo | URL, init?: RequestInit) => fetch(input, init), clock };
  const config = await parseConfig({
    text: bundledConfig.text,
    path: bundledConfig.path,
    readFile: async (path) => {
      const base64 = bundledConfig.files[path];
      if (base64 === undefined) throw new Error(`${path} is not in the bundle`);
      return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    },
    secret: (name) => (typeof environment[name] === 'string' ? environment[name] : undefined),
    runtime: 'edge',
    use: 'serve',
    readSigner: createSignerReader(readers),
    readSigstoreSigner: createSigstoreSignerReader(readers),
  });
  return createService({
    config,
    state: config.signing.size > 0 ? stateFrom(environment, clock) : undefined,
    fetch: (input, init) => fetch(input, init),
    clock,
    // biome-ignore lint/suspicious/noConsole: the log of a Worker is its console
    log: (record) => console.log(logLine(record, clock())),
    clientAddress: (request) => request.headers.get('cf-connecting-ip') ?? undefined,
  });
}

function stateFrom(environment: Environment, clock: Clock): State {
  const { AUDIT, LOCKS } = environment as Partial<StateBindings>;
  if (AUDIT === undefined || LOCKS === undefined) {
    throw new ChartsealError(
      'config.invalid',
      'signing needs the bindings AUDIT (D1) and LOCKS (Durable Object)',
      {
        help: 'Uncomment them in wrangler.toml; docs/signing.md says how they are made.',
      },
    );
  }
  return openEdgeState({ AUDIT, LOCKS }, { clock });
}

// A Worker has no start that could fail, so each request fails, /healthz too. What is wrong is for the log only.
function refuse(error: unknown): Response {
  const now = Date.now();
  const requestId = newId(() => now);
  // biome-ignore lint/suspicious/noConsole: the log of a Worker is its console
  console.error(logLine({ level: 'error', message: 'the service cannot start', requestId, error }, now));
  return problemResponse(undefined, requestId);
}

/** The class of the Durable Objects that order signers. */
export { LockObject } from './platform/edge/lock-object.ts';

export default {
  async fetch(request: Request, environment: Environment): Promise<Response> {
    let running: Service;
    try {
      running = await serviceFor(environment);
    } catch (error) {
      return refuse(error);
    }
    return running.fetch(request, environment);
  },
};
