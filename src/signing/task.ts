import type { PgpSigningEntry, SigningEntry, SigstoreSigningEntry } from '../config/index.ts';
import type { Digest, Manifest, Reference, RegistryClient } from '../oci/index.ts';
import type { Report } from '../report/index.ts';
import type { AuditHead, AuditLog, LeaseStore } from '../state/index.ts';
import type { ChartShape } from '../subject/index.ts';
import type { JudgeContext, VerifyContext } from '../verification/index.ts';

export interface SignRequest {
  /** `oci://host/repository:tag[@digest]` */
  reference: string;
  version?: string | undefined;
  /** What is signed is named by digest: here, or in the reference. */
  expectedDigest?: string | undefined;
  /** Names under `signing`: at most one of PGP, any number of sigstore. */
  with: string[];
  /** Of PGP. `attach` (default): a layer of the chart's manifest, where Helm looks. `detached`: a referrer. */
  mode?: 'attach' | 'detached' | undefined;
  /** Take the place of another key's signature, where the entry says mayReplace. */
  replace?: boolean | undefined;
  /** Stop before signatures of the old digest (referrers) would be left behind. */
  refuseIfReferrers?: boolean | undefined;
  /** For keyless entries: an OIDC token with the audience `sigstore`, shown to the certificate authority alone. */
  identityToken?: string | undefined;
  /** Look at everything and change nothing; no key is used and no service of a signer asked. */
  dryRun?: boolean | undefined;
}

export interface SignContext extends JudgeContext {
  client: RegistryClient;
  /** For policies that `requires` names, as when a chart is verified. */
  services?: VerifyContext['services'];
  keys: ReadonlyMap<string, SigningEntry>;
  /** Who asks. undefined: the one at the command line, whom no list restricts. */
  caller: string | undefined;
  requestId: string;
  audit: AuditLog;
  leases: LeaseStore;
  /** How long a signer may be silent before another takes over, milliseconds. Default: a minute. */
  leaseMs?: number | undefined;
  sleep: (ms: number) => Promise<void>;
  /** From 0 to 1. Default: Math.random. */
  random?: (() => number) | undefined;
  signal?: AbortSignal | undefined;
}

/** One signature that is there now. */
export interface MadeSignature {
  /** Under `signing`. */
  name: string;
  scheme: 'pgp' | 'sigstore';
  /** Of the key, upper-case hex: PGP's primary key, or SHA-256 of the SubjectPublicKeyInfo. Absent when keyless. */
  fingerprint?: string;
  /** Keyless: what the certificate says. */
  issuer?: string;
  subject?: string;
  /** Digest of the provenance, or of the manifest (a referrer) with the bundle. */
  digest: string;
  /** The tag that a legacy signature stands under as well. */
  legacyTag?: string;
}

export interface SignResult {
  reference: string;
  /** Digest of the manifest that was read: after a retry that found it signed, of the signed one. */
  before: string;
  /** Digest of the signed manifest (detached: the same); null in a dry run that would change it. */
  after: string | null;
  /** False: everything asked for was there already, and nothing was written. */
  changed: boolean;
  /** `detached` also where no PGP key signs: the manifest stays as it is. */
  mode: 'attach' | 'detached';
  dryRun: boolean;
  signatures: MadeSignature[];
  /** Referrers of the old digest, like cosign signatures, which the new one does not have. */
  leftBehind: { digest: string; artifactType: string | null }[];
  /** Verification of the whole through the reading path, by all signers named; null in a dry run. */
  report: Report | null;
  /** The last audit record of this request; null in a dry run. */
  audit: AuditHead | null;
}

/** An identity that a certificate authority certifies: who vouches for whom. */
export interface Identity {
  issuer: string;
  subject: string;
}

/** What is asked for, once it was read and allowed: who signs what, and how. */
export interface Order {
  request: SignRequest;
  reference: Reference;
  pgp: PgpSigningEntry | undefined;
  sigstore: readonly SigstoreSigningEntry[];
  /** All of them in the order in which they sign. */
  signers: readonly SigningEntry[];
  mode: 'attach' | 'detached';
  /** PGP makes a new manifest, to which the tag moves. */
  attaches: boolean;
  expected: Digest | undefined;
  /** What the identity token stands for; undefined without one. */
  identity: Identity | undefined;
}

/** What is signed, once it was read and found to be what was asked for. */
export interface SignTarget {
  reference: Reference;
  /** As it stands under the tag. */
  manifest: Manifest;
  shape: ChartShape;
}
