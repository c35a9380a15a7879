/**
 * Bytes of a manifest that refers to a chart. Those of bundles and provenance files have one; of many in one list each
 * costs the time to parse it, most of a second where it is full of annotations.
 */
export const MAX_REFERRER_BYTES: number = 512 * 1024;

/** What one session may cost. Sizes in bytes (after decoding), times in milliseconds. */
export interface RegistryLimits {
  manifestBytes: number;
  tokenBytes: number;
  errorBytes: number;
  tagListBytes: number;
  tagPages: number;
  tags: number;
  referrerPages: number;
  /** Referrers of one subject that are read of. */
  referrers: number;
  /** Until the headers of one answer, again for its body; for streamed blobs between two chunks. */
  requestTimeoutMs: number;
  overallTimeoutMs: number;
  /** Further tries after 429, 5xx and broken connections. */
  retries: number;
  redirects: number;
  /** Attempts to get an entry into a fallback index that others write too. */
  fallbackTries: number;
  /** Requests of one session, those to token services included. */
  requests: number;
  /** Requests of one session under way at the same time (workerd has six connections). */
  concurrency: number;
}

export const DEFAULT_REGISTRY_LIMITS: Readonly<RegistryLimits> = {
  manifestBytes: 4 * 1024 * 1024,
  tokenBytes: 128 * 1024,
  errorBytes: 64 * 1024,
  tagListBytes: 4 * 1024 * 1024,
  tagPages: 100,
  tags: 50_000,
  referrerPages: 10,
  referrers: 1_000,
  requestTimeoutMs: 10_000,
  overallTimeoutMs: 30_000,
  retries: 2,
  redirects: 5,
  fallbackTries: 8,
  requests: 40,
  concurrency: 4,
};
