export type {
  Access,
  Caller,
  Config,
  ConfiguredRegistry,
  OidcIdentity,
  RetiredKeys,
  SigningEntry,
  StateLocation,
  Trust,
} from './config.ts';
export { isLoopback } from './is-loopback.ts';
export { configJsonSchema } from './json-schema.ts';
export { DEFAULT_LIMITS, EDGE_FILES_BYTES, type Limits } from './limits.ts';
export type { SigstoreTrustText } from './load-sigstore-trust.ts';
export { type ParseConfigOptions, parseConfig } from './parse-config.ts';
export { type KeyringPolicyOptions, policyFromKeyrings } from './policy-from-keyrings.ts';
export { ConfigError, type ConfigProblem, formatProblem } from './problem.ts';
export type { ReadSigner, SignerSource } from './read-signer.ts';
export { readCredentials, readSecret } from './secret.ts';
