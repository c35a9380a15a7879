export type {
  Access,
  Caller,
  Config,
  ConfiguredRegistry,
  OidcIdentity,
  PgpSigningEntry,
  RetiredKeys,
  SigningEntry,
  SigstoreSigningEntry,
  StateLocation,
  Trust,
} from './config.ts';
export { emptyConfig } from './empty-config.ts';
export { isLoopback } from './is-loopback.ts';
export { configJsonSchema } from './json-schema.ts';
export { DEFAULT_LIMITS, EDGE_FILES_BYTES, type Limits } from './limits.ts';
export type { SigstoreTrustText } from './load-sigstore-trust.ts';
export { type ParseConfigOptions, parseConfig } from './parse-config.ts';
export { type KeyringPolicyOptions, policyFromKeyrings } from './policy-from-keyrings.ts';
export { ConfigError, type ConfigProblem, formatProblem } from './problem.ts';
export type { ReadSigner, ReadSigstoreSigner, SignerSource, SigstoreSignerSource } from './read-signer.ts';
export { readCredentials, readSecret } from './secret.ts';
