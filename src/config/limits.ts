import { DEFAULT_REGISTRY_LIMITS } from '../oci/index.ts';
// Not by the index, which loads libraries that take long.
import { DEFAULT_DISCOVERY_LIMITS } from '../sigstore/discovery/limits.ts';

/** Every limit that a configuration can set, under its name. Times in milliseconds, sizes in bytes. */
export interface Limits {
  rate: {
    /** Verifications a second for one caller. */
    callerVerifications: number;
    /** Signatures a second for one caller. */
    callerSignatures: number;
    /** Verifications a minute for one address, where anyone may verify. */
    anyoneVerifications: number;
  };
  /** References in one request. */
  references: number;
  /** Requests to registries for one request of a caller, with redirects and retries. */
  requests: number;
  /** References of one request that are judged at the same time. */
  concurrency: number;
  /** JSON body of a request. */
  jsonBytes: number;
  /** Multipart body of a request with files. */
  filesBytes: number;
  /** Body of an admission review. */
  reviewBytes: number;
  /** Charts judged for one admission review, or keys of one request of Gatekeeper. */
  reviewCharts: number;
  /** Verifications under way at a time, on Node. Those of the same chart count once. */
  inFlight: number;
  /** The same for one registry. */
  inFlightPerRegistry: number;
  /** Verifications that wait for their turn, on Node. */
  waiting: number;
  /** Provenance layer or file. */
  provenanceBytes: number;
  /** Sigstore bundle, or payload of a signature under a tag. */
  bundleBytes: number;
  /** Sigstore signatures of one manifest that are read, from each store. */
  signatures: number;
  /** Manifest. */
  manifestBytes: number;
  /** Chart archive, compressed. */
  archiveBytes: number;
  /** Tags of a repository that are looked at for a version range. */
  tags: number;
  /** Further tries of one request to a registry. */
  retries: number;
  /** Redirects that are followed for one request to a registry. */
  redirects: number;
  /** One request to a registry until its answer is read. */
  requestTimeoutMs: number;
  /** One verification with all its requests. */
  overallTimeoutMs: number;
}

const MIB = 1024 * 1024;

/**
 * Defaults. An API server takes 3 MiB for an object (k8s apiserver config.go, MaxRequestBodyBytes) and a review carries
 * it twice, old and new, hence `reviewBytes`. `requests` stays below the 50 subrequests of the smallest Workers plan; `archiveBytes` is what Helm
 * unpacks at most, and a compressed archive larger than its content is no chart.
 */
export const DEFAULT_LIMITS: Readonly<Limits> = {
  rate: { callerVerifications: 100, callerSignatures: 10, anyoneVerifications: 60 },
  references: 20,
  requests: 40,
  concurrency: 6,
  jsonBytes: 64 * 1024,
  filesBytes: 128 * MIB,
  reviewBytes: 8 * MIB,
  reviewCharts: 50,
  inFlight: 128,
  inFlightPerRegistry: 32,
  waiting: 1000,
  provenanceBytes: MIB,
  bundleBytes: DEFAULT_DISCOVERY_LIMITS.bundleBytes,
  signatures: DEFAULT_DISCOVERY_LIMITS.signatures,
  manifestBytes: DEFAULT_REGISTRY_LIMITS.manifestBytes,
  archiveBytes: 100 * MIB,
  tags: DEFAULT_REGISTRY_LIMITS.tags,
  retries: DEFAULT_REGISTRY_LIMITS.retries,
  redirects: DEFAULT_REGISTRY_LIMITS.redirects,
  requestTimeoutMs: DEFAULT_REGISTRY_LIMITS.requestTimeoutMs,
  overallTimeoutMs: DEFAULT_REGISTRY_LIMITS.overallTimeoutMs,
};

/** Default of `filesBytes` at the edge: a Worker has 128 MB for everything. */
export const EDGE_FILES_BYTES = 32 * MIB;
