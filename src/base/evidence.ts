import type { Code } from './codes.ts';

/** Why something holds or does not: a code from the table and a sentence about this very object. */
export interface Reason {
  code: Code;
  /** The trust name it speaks of, if it is about one. */
  trust?: string;
  message: string;
  /** What to do about it. */
  help: string;
}

/** One thing that was looked at. `info` states a fact that decides nothing by itself. */
export interface Check {
  name: string;
  outcome: 'pass' | 'fail' | 'info';
  code?: Code;
  message: string;
}

/**
 * Who signed, as far as it is known. `fingerprint` (upper-case hex) is that of the primary key for PGP, and the SHA-256
 * of the SubjectPublicKeyInfo for a sigstore key; `issuer`, `subject` and `extensions` are those of a Fulcio certificate.
 */
export interface Signer {
  keyId?: string;
  fingerprint?: string;
  userIds?: string[];
  /** The OIDC issuer that Fulcio saw. */
  issuer?: string;
  /** The subject alternative name of the certificate. */
  subject?: string;
  /** Fulcio's certificate extensions by their names in camelCase, like `sourceRepository`. */
  extensions?: Record<string, string>;
}

/** What one signature of one piece of evidence states, and whom the policy takes it for. */
export interface Evidence {
  scheme: 'pgp' | 'sigstore';
  /** Where it was found. `tag`: under one of cosign's tags (`sha256-….sig`, `.att`); `log`: in a transparency log. */
  source: { kind: 'layer' | 'referrer' | 'tag' | 'log' | 'file'; digest: string | null };
  /** What an in-toto statement says it is. */
  predicateType?: string;
  signer?: Signer;
  /** RFC 3339, UTC. */
  signedAt?: string;
  /** Trust names for which this signature holds. */
  trustedAs: string[];
  checks: Check[];
}

/** What is known of one trust name after all evidence was read. */
export interface TrustOutcome {
  trust: string;
  state: 'held' | 'failed' | 'unknown';
  /** Identities by which it holds (primary fingerprint; or issuer and subject), each once; empty unless held. */
  identities: string[];
  /** Why it is failed or unknown; facts worth stating when held. */
  reasons: Reason[];
  /** For `unknown`: would trying again perhaps help? */
  retryable?: boolean;
  retryAfter?: number;
  /** Milliseconds since the epoch after which a `held` may no longer be true (key expiry judged now). */
  holdsUntil?: number;
}

/** What a real client would say of the same chart. */
export interface ClientPrediction {
  client: 'helm' | 'cosign';
  versions: string;
  /** The trust name whose key or identity the client is asked with; absent where it is asked with all keys. */
  trust?: string;
  outcome: 'accept' | 'refuse';
  /** The client's words, up to version-specific wording; empty when it accepts. */
  message: string;
}
