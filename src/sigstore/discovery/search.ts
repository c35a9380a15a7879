import type { ChartsealError } from '../../base/error.ts';
import type { Digest, Reference, Referrers, RegistrySession } from '../../oci/index.ts';
import type { LocatedSignature } from '../signature-item.ts';
import { COSIGN_SIGN } from '../trust.ts';
import type { DiscoveryLimits } from './limits.ts';
import { DEFAULT_DISCOVERY_LIMITS } from './limits.ts';

/** Whose signatures are looked for, and where. */
export interface SearchInput {
  session: RegistrySession;
  reference: Reference;
  /** Digest of the chart's manifest. */
  subject: Digest;
  /** What refers to the manifest; asked for once, and never again by whoever shares the promise. */
  referrers: () => Promise<Referrers>;
  /** Predicate types that count as a signature by any of the policies; cosign's own when absent. */
  predicateTypes?: readonly string[];
  limits?: Partial<DiscoveryLimits>;
}

/** Signatures that were read together. Never empty: something was found, or was not looked at. */
export interface SignatureBatch {
  store: 'referrers' | 'sig-tag' | 'att-tag' | 'others';
  found: LocatedSignature[];
  /** There may be more in this store: the registry failed, or a limit was reached (then not retryable). */
  failure?: ChartsealError;
  /** Of `others`: attestations that nobody asked for and that were not read. They count for cosign, though not here. */
  unread?: number;
}

/** Attestations of kinds nobody asked for that are read all the same, so that a refusal can speak of them. */
export const EXPLAINED = 4;

/** Something that can be read later. */
export type Reading = () => Promise<LocatedSignature[]>;

/** What the stores of one search share. */
export interface Search {
  session: RegistrySession;
  reference: Reference;
  subject: Digest;
  referrers: () => Promise<Referrers>;
  wanted: ReadonlySet<string>;
  limits: DiscoveryLimits;
  /** Blobs by digest and size: legacy signatures by several keys have one payload. */
  blobs: Map<string, Promise<Uint8Array>>;
  /** Attestations that nobody asked for, to be read when all else was. */
  others: Reading[];
  /** Referrers that stand on no first page, where cosign does not look. */
  beyondFirstPage: Set<string>;
}

/** Begins a search. Nothing is asked yet. */
export function startSearch(input: SearchInput): Search {
  const { session, reference, subject, referrers } = input;
  return {
    session,
    reference,
    subject,
    referrers,
    wanted: new Set(input.predicateTypes ?? [COSIGN_SIGN]),
    limits: withDefaults(input.limits),
    blobs: new Map(),
    others: [],
    beyondFirstPage: new Set(),
  };
}

// An explicit undefined must not take a limit away.
function withDefaults(limits: Partial<DiscoveryLimits> = {}): DiscoveryLimits {
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_DISCOVERY_LIMITS, ...Object.fromEntries(given) };
}
