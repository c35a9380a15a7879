import type { SigningEntry } from '../config/index.ts';
import type { Manifest, Reference, RegistryClient } from '../oci/index.ts';
import type { Report } from '../report/index.ts';
import type { AuditHead, AuditLog, LeaseStore } from '../state/index.ts';
import type { ChartShape } from '../subject/index.ts';
import type { JudgeContext } from '../verification/index.ts';

export interface SignRequest {
  /** `oci://host/repository:tag[@digest]` */
  reference: string;
  version?: string | undefined;
  /** What is signed is named by digest: here, or in the reference. */
  expectedDigest?: string | undefined;
  /** Names under `signing`. */
  with: string[];
  /** `attach` (default): a layer of the chart's manifest, where Helm looks. `detached`: a referrer. */
  mode?: 'attach' | 'detached' | undefined;
  /** Take the place of another key's signature, where the entry says mayReplace. */
  replace?: boolean | undefined;
  /** Stop before signatures of the old digest (referrers) would be left behind. */
  refuseIfReferrers?: boolean | undefined;
  /** Look at everything and change nothing; no key is used. */
  dryRun?: boolean | undefined;
}

export interface SignContext extends JudgeContext {
  client: RegistryClient;
  keys: ReadonlyMap<string, SigningEntry>;
  /** Who asks. undefined: the one at the command line, whom no list restricts. */
  caller: string | undefined;
  requestId: string;
  audit: AuditLog;
  leases: LeaseStore;
  /** How long a signer may be silent before another takes over, milliseconds. Default: a minute. */
  leaseMs?: number | undefined;
  sleep: (ms: number) => Promise<void>;
  signal?: AbortSignal | undefined;
}

/** One signature that is there now. */
export interface MadeSignature {
  name: string;
  scheme: 'pgp';
  fingerprint: string;
  /** Digest of the provenance layer. */
  digest: string;
}

export interface SignResult {
  reference: string;
  /** Digest of the manifest that was read: after a retry that found it signed, of the signed one. */
  before: string;
  /** Digest of the signed manifest (detached: the same); null in a dry run that would change it. */
  after: string | null;
  /** False: everything asked for was there already, and nothing was written. */
  changed: boolean;
  mode: 'attach' | 'detached';
  dryRun: boolean;
  signatures: MadeSignature[];
  /** Referrers of the old digest, like cosign signatures, which the new one does not have. */
  leftBehind: { digest: string; artifactType: string | null }[];
  /** Verification of the result through the reading path, with the public key alone; null in a dry run. */
  report: Report | null;
  /** The last audit record of this request; null in a dry run. */
  audit: AuditHead | null;
}

/** What is signed, once it was read and found to be what was asked for. */
export interface SignTarget {
  reference: Reference;
  /** As it stands under the tag. */
  manifest: Manifest;
  shape: ChartShape;
}
