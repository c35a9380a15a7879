import type { Bundle, RFC3161SignedTimestamp, TransparencyLogEntry } from '@sigstore/bundle';

/** What is signed, with its signature: an envelope, or a signature over a digest. */
export type SignedContent = Bundle['content'];

/** What a log or a timestamp authority says of a signature. */
export interface Testimony {
  tlogEntries?: TransparencyLogEntry[];
  rfc3161Timestamps?: RFC3161SignedTimestamp[];
}

/**
 * A transparency log or a timestamp authority. It fits the interface `Witness` of @sigstore/sign, so that the bundle
 * builders there take it (test/sigstore/signing/stock-builder.test.ts).
 */
export interface Witness {
  /**
   * @param keyOrCertificate PEM of the public key or of the certificate that the signature is by
   * @throws ChartsealError sign.service_unavailable (retryable), sign.service_refused, sign.log_duplicate (a log of version 2
   *   only), sign.cosign_key_unusable (a key that the log does not take)
   */
  testify(content: SignedContent, keyOrCertificate: string, signal?: AbortSignal): Promise<Testimony>;
}

/** Options of every witness. */
export interface WitnessOptions {
  /** Of a log the base URL, of a timestamp authority the whole address. */
  url: string;
  /** For one answer, in milliseconds. */
  timeoutMs?: number | undefined;
}
