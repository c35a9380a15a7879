/** What asking a log for the entries of one chart may cost. */
export interface HelmLogLimits {
  /** Entries that are fetched of those that the log's index names. */
  entries: number;
  /** Bytes of the answer of the index. */
  indexBytes: number;
  /** Bytes of one entry; it holds a public key and a signature. */
  entryBytes: number;
  /** Milliseconds for one answer. */
  requestTimeoutMs: number;
  /** Milliseconds for all of it. */
  overallTimeoutMs: number;
}

/** Anyone may log a provenance that names a chart's digest, so there may be more entries than the signer's own. */
export const DEFAULT_HELM_LOG_LIMITS: Readonly<HelmLogLimits> = {
  entries: 8,
  indexBytes: 64 * 1024,
  entryBytes: 256 * 1024,
  requestTimeoutMs: 5_000,
  overallTimeoutMs: 15_000,
};
