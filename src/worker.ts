import { bundledConfig } from '#worker-config';
import type { Clock } from './base/clock.ts';
import { ChartsealError } from './base/error.ts';
import { parseConfig, readTrustRefresh, type TrustRefresh } from './config/index.ts';
import { problemResponse } from './http/index.ts';
import { type KvNamespace, kvStore } from './platform/edge/kv-store.ts';
import { openEdgeState, type StateBindings } from './platform/edge/open-edge-state.ts';
import { logLine } from './platform/log-line.ts';
import { newId } from './platform/new-id.ts';
import { createSignerReader } from './platform/read-signer.ts';
import { createSigstoreSignerReader } from './platform/read-sigstore-signer.ts';
import { createTrustRoot, type TrustRoot } from './platform/trust-root.ts';
import { createService, type Service } from './service.ts';
import type { State } from './state/index.ts';

/** Secrets of the Worker by name, and whatever else is bound. */
type Environment = Record<string, unknown>;

/** The part of an event's context that is used. */
interface Context {
  waitUntil(promise: Promise<unknown>): void;
}

interface Running {
  service: Service;
  /** Only where a trusted root is renewed. */
  trust?: { root: TrustRoot; inUse: string };
}

/** From one look for a newer trusted root to the next, milliseconds. KV shows a new value everywhere within a minute. */
const LOOK_MS = 5 * 60_000;

let running: Running | undefined;
let looked = 0;

const clock: Clock = () => Date.now();
const fetchIt: typeof fetch = (input, init) => fetch(input, init);

// biome-ignore lint/suspicious/noConsole: the log of a Worker is its console
const log = (record: object) => console.log(logLine(record, clock()));

async function readFile(path: string): Promise<Uint8Array> {
  const base64 = bundledConfig.files[path];
  if (base64 === undefined) throw new Error(`${path} is not in the bundle`);
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

// Made at the first request, because secrets come with it; once for the life of the isolate. Requests that come
// meanwhile make their own: what one request waits for ends with it, and must not be what others wait for. A
// configuration that cannot be used is tried again at the next request.
async function serviceFor(environment: Environment, context: Context | undefined): Promise<Service> {
  if (running === undefined) {
    const started = await start(environment);
    running ??= started;
  }
  const now = clock();
  if (running.trust !== undefined && now - looked >= LOOK_MS) {
    looked = now;
    context?.waitUntil(renew(environment, running.trust));
  }
  return running.service;
}

async function start(environment: Environment): Promise<Running> {
  let root: TrustRoot | undefined;
  looked = clock();
  const config = await parseConfig({
    text: bundledConfig.text,
    path: bundledConfig.path,
    readFile,
    secret: (name) => (typeof environment[name] === 'string' ? environment[name] : undefined),
    runtime: 'edge',
    use: 'serve',
    readSigner: createSignerReader({ fetch: fetchIt, clock }),
    readSigstoreSigner: createSigstoreSignerReader({ fetch: fetchIt, clock }),
    readRefreshed: (refresh) => {
      root ??= trustRootOf(refresh, environment);
      return root.read();
    },
  });
  const service = createService({
    config,
    state: config.signing.size > 0 ? stateFrom(environment, clock) : undefined,
    fetch: fetchIt,
    clock,
    log,
    clientAddress: (request) => request.headers.get('cf-connecting-ip') ?? undefined,
    trustStatus: () => root?.status() ?? {},
  });
  const inUse = config.trustRefresh?.inUse;
  return { service, ...(root === undefined || inUse === undefined ? {} : { trust: { root, inUse } }) };
}

// The scheduled job may have found a newer trusted root. Requests under way are answered by the service they came to.
async function renew(
  environment: Environment,
  { root, inUse }: NonNullable<Running['trust']>,
): Promise<void> {
  try {
    await root.read();
    const { digest } = root.status();
    if (digest === undefined || digest === inUse) return;
    running = await start(environment);
    log({ level: 'info', message: 'trusted root taken into use', digest });
  } catch (error) {
    log({ level: 'error', message: 'trusted root not taken into use, the one before stays', error });
  }
}

function trustRootOf(refresh: TrustRefresh, environment: Environment): TrustRoot {
  const { TRUST } = environment as { TRUST?: KvNamespace };
  if (TRUST === undefined) {
    throw new ChartsealError(
      'config.invalid',
      'it needs the binding TRUST (KV); uncomment it in wrangler.toml',
      {
        help: 'Uncomment it in wrangler.toml, with the cron trigger beside it.',
      },
    );
  }
  return createTrustRoot({ refresh, store: kvStore(TRUST), fetch: fetchIt, clock, log });
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
  async fetch(request: Request, environment: Environment, context?: Context): Promise<Response> {
    let service: Service;
    try {
      service = await serviceFor(environment, context);
    } catch (error) {
      return refuse(error);
    }
    return service.fetch(request, environment);
  },

  /** The cron trigger: renews the trusted root. Fails as a whole if that fails, so that it shows among the runs. */
  async scheduled(_event: unknown, environment: Environment): Promise<void> {
    const refresh = await readTrustRefresh({ ...bundledConfig, readFile, runtime: 'edge' });
    if (refresh === undefined) log({ level: 'info', message: 'nothing to do: no sigstore.refresh' });
    else await trustRootOf(refresh, environment).refresh();
  },
};
