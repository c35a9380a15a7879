import type { Signer } from '../../base/evidence.ts';
import type { SigstoreKey } from '../key.ts';
import type { ServiceAccess } from './ask-service.ts';

/** What is to be signed, and by whom. */
export interface SignInput {
  /** The manifest of the chart, `sha256:` and 64 hex digits. */
  subject: { digest: string };
  /** Signed as those of `cosign sign -a`. */
  annotations?: Readonly<Record<string, string>> | undefined;
  /** Keyless: the OpenID Connect token of the one who signs. Goes to the certificate authority and nowhere else. */
  identityToken?: string | undefined;
  /** Now, milliseconds since the epoch. */
  at: number;
  /**
   * Also make what older clients read under the `.sig` tag.
   * `repository`: host and repository of the chart, without tag and digest; it is signed as `docker-reference`
   */
  legacy?: { repository: string } | undefined;
  signal?: AbortSignal | undefined;
}

/** A signature as it is published. */
export interface SignedChart {
  /** A sigstore bundle of version 0.3, JSON. */
  bundle: Uint8Array;
  predicateType: string;
  /** The fingerprint of the key; or issuer and subject of the certificate, as the authority wrote them (not cleaned). */
  signer: Signer;
  legacy?: LegacySignature;
}

/** A layer of a `.sig` manifest. */
export interface LegacySignature {
  /** The blob. */
  payload: Uint8Array;
  /** Of its descriptor: signature, certificate, log entry, timestamp. */
  annotations: Record<string, string>;
}

/** Makes cosign signatures of charts. */
export interface SigstoreSigner {
  readonly kind: 'key' | 'keyless';
  /** The public half of the key; undefined for a keyless signer. */
  readonly key: (SigstoreKey & { readonly pem: string }) | undefined;
  /**
   * What `cosign verify` must be told beside the key or the identity, in words of its command line; empty when nothing.
   */
  readonly cosignFlags: readonly string[];
  /**
   * Signs a manifest. Nothing is published, but entries in the logs that the signing config names.
   *
   * Whether what was made verifies is for the reading path: key, certificate, log entry and timestamp are held here against
   * what was sent, their proofs are not checked.
   * @throws ChartsealError reference.invalid (digest), request.too_large (annotations), sign.identity_token,
   *   sign.identity_refused, sign.service_unavailable and sign.signer_unavailable (retryable), sign.service_refused,
   *   sign.signer_refused, sign.signing_config (no service is valid now), sign.log_duplicate (retryable),
   *   sign.cosign_key_unusable
   */
  sign(input: SignInput): Promise<SignedChart>;
}

/** Milliseconds that one answer of a service may take. */
export interface ServiceTimeouts {
  /** Default: 30,000. */
  certificateAuthorityMs?: number;
  /** Default: 60,000; a log of version 2 answers when the entry is published, in 20 s at most. */
  logMs?: number;
  /** Default: 30,000. */
  timestampAuthorityMs?: number;
}

/** What signers have in common. */
export interface SignerEnvironment extends ServiceAccess {
  /** Milliseconds since the epoch; for what is refused at start. */
  clock: () => number;
  timeouts?: ServiceTimeouts | undefined;
}
