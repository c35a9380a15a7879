import { createReadOnce } from '../base/read-once.ts';
import { sleep } from '../base/sleep.ts';
import type { Attached } from './attach-referrer.ts';
import { attachReferrer } from './attach-referrer.ts';
import { createClientMemory } from './client-memory.ts';
import type { Descriptor } from './descriptor.ts';
import type { Digest } from './digest.ts';
import { getBlob } from './get-blob.ts';
import { getManifest, headManifest } from './get-manifest.ts';
import { headBlob } from './head-blob.ts';
import type { RegistryLimits } from './limits.ts';
import { DEFAULT_REGISTRY_LIMITS } from './limits.ts';
import type { Referrers } from './list-referrers.ts';
import { listReferrers } from './list-referrers.ts';
import { listTags } from './list-tags.ts';
import type { Manifest } from './manifest.ts';
import type { ClientOptions } from './options.ts';
import { putBlob } from './put-blob.ts';
import type { PutManifest } from './put-manifest.ts';
import { putManifest } from './put-manifest.ts';
import type { Reference } from './reference.ts';
import { readRegistries } from './registries.ts';
import type { Action } from './scope.ts';
import { createSlots } from './slots.ts';
import { mostElsewhere, spend } from './spend.ts';
import { streamBlob } from './stream-blob.ts';
import type { Budget, SessionStats, Work } from './work.ts';

/** How one session asks. */
interface SessionOptions {
  /** Send no credentials, whatever is configured. */
  anonymous?: boolean;
  /** Tell caches between here and the registry not to answer. */
  noCache?: boolean;
  /** What is to be done, as tokens are asked for it; `pull` when absent. Only `push` may write. */
  action?: Action;
  signal?: AbortSignal;
  /** Milliseconds since the epoch; `overallTimeoutMs` from now when absent, and never later than that. */
  deadlineMs?: number;
  /** Requests that may still be made by all sessions that share this object; `limits.requests` when absent. */
  budget?: { requests: number };
}

/** One piece of work at registries: counted, bounded, with one deadline. */
export interface RegistrySession {
  readonly stats: Readonly<SessionStats>;
  /**
   * Takes note of a request that the same work makes elsewhere than at registries. There are a quarter of
   * `limits.requests`, beside those: what is asked elsewhere must not take the requests that other evidence needs.
   * @param what the object, for the message
   * @throws ChartsealError `limit.requests`
   */
  spendElsewhere(what: string): void;
  /** By tag or digest; see `getManifest`. */
  getManifest(ref: Reference, which: string, maxBytes?: number): Promise<Manifest>;
  headManifest(ref: Reference, which: string): Promise<Digest | undefined>;
  getBlob(ref: Reference, descriptor: Descriptor, maxBytes: number): Promise<Uint8Array>;
  streamBlob(ref: Reference, descriptor: Descriptor, maxBytes: number): Promise<ReadableStream<Uint8Array>>;
  listTags(ref: Reference): Promise<string[]>;
  /** What refers to the manifest; see `listReferrers`. */
  listReferrers(ref: Reference, subject: Digest): Promise<Referrers>;
  headBlob(ref: Reference, digest: Digest): Promise<boolean>;
  /** See `putBlob`. Writing needs a session with action `push`. */
  putBlob(ref: Reference, bytes: Uint8Array): Promise<{ digest: Digest; size: number }>;
  /** By tag or digest; see `putManifest`. */
  putManifest(
    ref: Reference,
    which: string,
    bytes: Uint8Array,
    mediaType: string,
    options?: { ifMatch?: Digest },
  ): Promise<PutManifest>;
  /** Puts a manifest with a subject so that it is found; see `attachReferrer`. */
  attachReferrer(ref: Reference, bytes: Uint8Array, mediaType: string, subject: Digest): Promise<Attached>;
}

/** Speaks to the configured registries; keeps tokens and how registries authenticate between its sessions. */
export interface RegistryClient {
  session(options?: SessionOptions): RegistrySession;
  /**
   * @param host normalised
   * @throws ChartsealError `registry.not_listed` when no configured registry covers the host
   */
  requireListed(host: string): void;
}

/**
 * Makes a client of the OCI distribution protocol.
 * @throws ChartsealError `config.invalid` for registries that cannot be used
 */
export function createRegistryClient(options: ClientOptions): RegistryClient {
  const limits = withDefaults(options.limits);
  const shared = {
    fetch: options.fetch,
    clock: options.clock,
    sleep: options.sleep ?? sleep,
    random: options.random ?? Math.random,
    credentialsFor: options.credentialsFor,
    limits,
    registries: readRegistries(options.registries),
    memory: createClientMemory(),
  };
  // Sessions that share a budget do the work of one call at the same time: a token that one of them fetches is fetched
  // for all, and what they ask elsewhere is counted together. (Not with other calls: workerd lets no request wait for
  // what another one does.)
  const sharedBy = createReadOnce(
    (_budget: Budget): Pick<Work, 'tokens' | 'elsewhere'> => ({
      tokens: new Map(),
      elsewhere: { requests: mostElsewhere(limits.requests) },
    }),
  );
  return {
    session(asked = {}) {
      const latest = options.clock() + limits.overallTimeoutMs;
      const budget = asked.budget ?? { requests: limits.requests };
      return createSession({
        ...shared,
        ...sharedBy(budget),
        credentials: new Map(),
        slots: createSlots(limits.concurrency),
        anonymous: asked.anonymous === true,
        action: asked.action ?? 'pull',
        noCache: asked.noCache === true,
        signal: asked.signal,
        deadline: Math.min(asked.deadlineMs ?? latest, latest),
        stats: { requests: 0, tokenRequests: 0, bytes: 0 },
        budget,
      });
    },
    requireListed(host) {
      shared.registries.find(host);
    },
  };
}

function createSession(work: Work): RegistrySession {
  return {
    stats: work.stats,
    spendElsewhere: (what) => spend(work.elsewhere, mostElsewhere(work.limits.requests), what),
    getManifest: (ref, which, maxBytes) => getManifest(work, ref, which, maxBytes),
    headManifest: (ref, which) => headManifest(work, ref, which),
    getBlob: (ref, descriptor, maxBytes) => getBlob(work, ref, descriptor, maxBytes),
    streamBlob: (ref, descriptor, maxBytes) => streamBlob(work, ref, descriptor, maxBytes),
    listTags: (ref) => listTags(work, ref),
    listReferrers: (ref, subject) => listReferrers(work, ref, subject),
    headBlob: (ref, digest) => headBlob(work, ref, digest),
    putBlob: (ref, bytes) => putBlob(work, ref, bytes),
    putManifest: (ref, which, bytes, mediaType, options) =>
      putManifest(work, ref, which, bytes, mediaType, options),
    attachReferrer: (ref, bytes, mediaType, subject) => attachReferrer(work, ref, bytes, mediaType, subject),
  };
}

// An explicit undefined must not take a limit away.
function withDefaults(limits: Partial<RegistryLimits> = {}): RegistryLimits {
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_REGISTRY_LIMITS, ...Object.fromEntries(given) };
}
