import type { Check, ClientPrediction, Evidence, Reason } from '../base/evidence.ts';

export type Verdict = 'allow' | 'deny' | 'inconclusive';
export type Depth = 'signature' | 'content';

/** One policy that was judged. */
export interface JudgedPolicy {
  name: string;
  /** Digest over the policy, its trust entries and the bytes of all their key files. */
  revision: string;
  mode: 'enforce' | 'warn';
  /** `match`: the first that covers the repository; `request`: named by the caller; `keyring`: made of --keyring. */
  chosenBy: 'match' | 'request' | 'keyring';
  verdict: Verdict;
}

/** The chart as the report speaks of it: from the signed text if `signed`, otherwise from unsigned sources. */
export interface ReportedChart {
  name: string | null;
  version: string | null;
  appVersion: string | null;
  /** Digest of the chart layer or file, the thing a provenance file signs. */
  digest: string;
  /** Bytes, as the manifest says (for files: as read). */
  size: number;
  signed: boolean;
}

/** What reading the archive itself (`depth: content`) added. */
export interface ReportedContent {
  checks: Check[];
  files: { count: number; bytes: number };
}

/** The answer to "may this chart be deployed?", in full. Part of the API: fields are added, never renamed. */
export interface Report {
  apiVersion: 'chartseal.dev/v1';
  kind: 'VerificationReport';
  id: string;
  verdict: Verdict;
  /** For `inconclusive`: would asking again perhaps help? */
  retryable: boolean;
  /** Seconds a registry asked to wait. */
  retryAfter?: number;
  subject: {
    reference: string;
    digest: string | null;
    pinned: string | null;
    chart: ReportedChart | null;
  };
  /** The policy that decides first: the first match (or the keyring's); null when none covers the repository. */
  policy: JudgedPolicy | null;
  /** All policies judged; every one must allow. */
  policies: JudgedPolicy[];
  depth: Depth;
  /** False when only policies in mode `warn` stand in the way: faces let the chart pass. */
  enforced: boolean;
  reasons: Reason[];
  evidence: Evidence[];
  content?: ReportedContent;
  clients: ClientPrediction[];
  stats: {
    registryRequests: number;
    tokenRequests: number;
    bytes: number;
    durationMs: number;
    cache: 'hit' | 'miss' | 'bypass';
  };
  /** RFC 3339, UTC: when the evidence was read (a cached report keeps it). */
  verifiedAt: string;
}

/** What stands in a list where there is no report. A face may add fields, which json shows. */
export interface ListedProblem {
  code: string;
  detail: string;
  help: string;
}
