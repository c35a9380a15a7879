export { DEFAULT_ADMISSION } from './check-admission.ts';
export { PUBLIC_GOOD_MIRROR } from './check-sigstore.ts';
export type {
  Access,
  Admission,
  Caller,
  Config,
  ConfiguredRegistry,
  Decision,
  LoggedTrust,
  OidcIdentity,
  PgpSigningEntry,
  RetiredKeys,
  SigningEntry,
  SigstoreSigningEntry,
  StateLocation,
  Trust,
  TrustRefresh,
} from './config.ts';
export { emptyConfig } from './empty-config.ts';
export { isLoopback } from './is-loopback.ts';
export { configJsonSchema } from './json-schema.ts';
export { DEFAULT_LIMITS, EDGE_FILES_BYTES, type Limits } from './limits.ts';
export type { SigstoreTrustText } from './load-sigstore-trust.ts';
export { type ParseConfigOptions, parseConfig } from './parse-config.ts';
export { type KeyringPolicyOptions, policyFromKeyrings } from './policy-from-keyrings.ts';
export { ConfigError, type ConfigProblem, formatProblem } from './problem.ts';
export type { ReadRefreshed } from './public-good.ts';
export type { ReadSigner, ReadSigstoreSigner, SignerSource, SigstoreSignerSource } from './read-signer.ts';
export { readTrustRefresh } from './read-trust-refresh.ts';
export { readCredentials, readSecret } from './secret.ts';
export { SHIPPED_PUBLIC_GOOD, SHIPPED_TUF_ROOT, shippedPath } from './shipped-file.ts';
