export { PUBLIC_GOOD_MIRROR } from './check-sigstore.ts';
export type {
  Admission,
  Config,
  Decision,
  LoggedTrust,
  OidcIdentity,
  PgpSigningEntry,
  SigningEntry,
  SigstoreSigningEntry,
  Trust,
  TrustRefresh,
} from './config.ts';
export { emptyConfig } from './empty-config.ts';
export { isLoopback } from './is-loopback.ts';
export { configJsonSchema } from './json-schema.ts';
export { DEFAULT_LIMITS, type Limits } from './limits.ts';
export type { SigstoreTrustText } from './load-sigstore-trust.ts';
export { type ParseConfigOptions, parseConfig } from './parse-config.ts';
export { policyFromKeyrings } from './policy-from-keyrings.ts';
export { ConfigError, formatProblem } from './problem.ts';
export type { ReadRefreshed } from './public-good.ts';
export type { ReadSigner, ReadSigstoreSigner, SignerSource, SigstoreSignerSource } from './read-signer.ts';
export { readTrustRefresh } from './read-trust-refresh.ts';
export { SHIPPED_PUBLIC_GOOD, SHIPPED_TUF_ROOT, shippedPath } from './shipped-file.ts';
