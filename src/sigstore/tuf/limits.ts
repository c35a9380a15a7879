/** Bounds of one refresh; bytes after decoding, times in milliseconds. */
export interface TufLimits {
  rootBytes: number;
  timestampBytes: number;
  snapshotBytes: number;
  targetsBytes: number;
  /** One target. */
  targetBytes: number;
  /** Versions of the TUF root that one refresh goes forward; the next one goes on from there. */
  rootRotations: number;
  /** One file. */
  requestTimeoutMs: number;
  /** The whole refresh. */
  overallTimeoutMs: number;
}

const KIB = 1024;

/**
 * Defaults. The public-good repository has roots and targets of 5 KiB, a timestamp of half a KiB and a trusted root of
 * 7 KiB. With `rootRotations` a refresh stays below the 50 subrequests of the smallest Workers plan.
 */
export const DEFAULT_TUF_LIMITS: Readonly<TufLimits> = {
  rootBytes: 128 * KIB,
  timestampBytes: 16 * KIB,
  snapshotBytes: 256 * KIB,
  targetsBytes: 512 * KIB,
  targetBytes: 1024 * KIB,
  rootRotations: 32,
  requestTimeoutMs: 10_000,
  overallTimeoutMs: 60_000,
};

/** Entries of one map or list of metadata: keys, files, signatures. What is read before it is verified stays cheap. */
export const MAX_ENTRIES = 1000;
