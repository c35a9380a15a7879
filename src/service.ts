import type { Clock } from './base/clock.ts';
import { sleep } from './base/sleep.ts';
import { VERSION } from './base/version.ts';
import type { Config } from './config/index.ts';
import { type AppDependencies, createApp, type TrustRootHealth } from './http/index.ts';
import { type ClientOptions, createRegistryClient } from './oci/index.ts';
import { createMemoryCache } from './platform/memory-cache.ts';
import { newId } from './platform/new-id.ts';
import { registryLimits } from './platform/registry-limits.ts';
import { type RefreshStatus, trustRootHealth } from './platform/trust-root.ts';
import { sign } from './sign.ts';
import type { State } from './state/index.ts';
import { createTagLister } from './tag-lister.ts';
import { createGate, type VerdictCache } from './verification/index.ts';
import { createSharedVerifier, type Verifier } from './verifier.ts';
import { verify } from './verify.ts';

/** What a runtime brings to the service. */
export interface ServiceOptions {
  config: Config;
  /** Reaches registries, and services whose addresses the configuration names. */
  fetch: ClientOptions['fetch'];
  clock: Clock;
  log: AppDependencies['log'];
  clientAddress: AppDependencies['clientAddress'];
  clientOf?: AppDependencies['clientOf'];
  reader?: AppDependencies['reader'];
  lagMs?: AppDependencies['lagMs'];
  /** Waits for the deadlines of reviews. Default: a timer. */
  sleep?: AppDependencies['sleep'];
  /** The audit log and the locks of signers. undefined: this service signs nothing. */
  state?: State | undefined;
  /**
   * May requests wait for each other? On Node: those who ask the same share one verification, and what is under way is
   * bounded (`limits.inFlight`). Default: false, as in workerd no request may wait for another.
   */
  shared?: boolean | undefined;
  /** How long a signer may be silent before another takes over, milliseconds. Default: a minute. */
  leaseMs?: number | undefined;
  /** What is known of the refreshes of the trusted root, where there are any. */
  trustStatus?: (() => RefreshStatus) | undefined;
}

export interface Service {
  /** @param environment the bindings of the platform, handed to `clientAddress` */
  fetch(request: Request, environment?: unknown): Promise<Response>;
}

/** Verdicts kept in one process or isolate; one takes a few kilobytes. */
const MAX_CACHED_VERDICTS = 5000;

/** The service of one configuration, put together the same way on every runtime. */
export function createService(options: ServiceOptions): Service {
  const { config, clock } = options;
  const client = createRegistryClient({
    fetch: options.fetch,
    clock,
    registries: config.registries,
    limits: registryLimits(config.limits),
  });
  const gate = options.shared === true ? createGate(config.limits, clock) : undefined;
  const services = { fetch: options.fetch, sleep, random: Math.random };
  const judge: Verifier = (request, context) => verify(request, { ...context, gate, services });
  const app = createApp({
    config,
    client,
    clock,
    newId: () => newId(clock),
    cache: createVerdictCache(clock),
    verify: gate ? createSharedVerifier(judge) : judge,
    listTags: createTagLister({ config, client, gate }),
    shared: options.shared,
    reader: options.reader,
    sleep: options.sleep ?? sleep,
    lagMs: options.lagMs,
    fetch: options.fetch,
    ...(options.state === undefined ? {} : signing(options.state)),
    ...(config.trustRefresh === undefined ? {} : { trustRoot: healthOf(config.trustRefresh.inUse) }),
    log: options.log,
    clientAddress: options.clientAddress,
    clientOf: options.clientOf,
    version: VERSION,
  });
  function healthOf(digest: string): () => TrustRootHealth {
    return () => trustRootHealth(digest, options.trustStatus?.() ?? {});
  }
  function signing({ audit, leases }: State): Pick<AppDependencies, 'sign' | 'audit'> {
    const shared = {
      config,
      client,
      clock,
      keys: config.signing,
      audit,
      leases,
      leaseMs: options.leaseMs,
      newId: () => newId(clock),
      services,
      sleep,
    };
    return { audit, sign: (order, visit) => sign(order, { ...shared, ...visit }) };
  }
  return { fetch: async (request, environment) => app.fetch(request, environment as object) };
}

function createVerdictCache(clock: Clock): VerdictCache {
  const memory = createMemoryCache<string>({ max: MAX_CACHED_VERDICTS, clock });
  return {
    get: async (key) => memory.get(key),
    set: async (key, value, expiresAt) => memory.set(key, value, expiresAt),
  };
}
