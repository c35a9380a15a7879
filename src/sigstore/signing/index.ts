export {
  type AddedLegacySignature,
  type AddLegacyOptions,
  addLegacySignature,
  legacyTag,
} from './add-legacy-signature.ts';
export type { ServiceAccess } from './ask-service.ts';
export { BUNDLE_MEDIA_TYPE, type BundleReferrer, bundleManifest, EMPTY_CONFIG } from './bundle-manifest.ts';
export { type CertifiedIdentity, certifiedIdentity, requireLiteral } from './certified-identity.ts';
export { createKeySigner, type KeySignerOptions } from './create-key-signer.ts';
export { createKeylessSigner, type KeylessSignerOptions } from './create-keyless-signer.ts';
export { type GeneratedCosignKey, generateCosignKey } from './generate-cosign-key.ts';
export { SIMPLE_SIGNING } from './legacy-manifest.ts';
export { logV1 } from './log-v1.ts';
export { logV2 } from './log-v2.ts';
export { MAX_COSIGN_KEY, readCosignKey } from './read-cosign-key.ts';
export { type IdentityClaims, MAX_IDENTITY_TOKEN, readIdentityToken } from './read-identity-token.ts';
export {
  MAX_SIGNING_CONFIG,
  readSigningConfig,
  type ServiceSelector,
  type SigningConfig,
  type SigningService,
} from './read-signing-config.ts';
export type { SignatureAlgorithm } from './signature-algorithm.ts';
export type {
  LegacySignature,
  ServiceTimeouts,
  SignedChart,
  SignerEnvironment,
  SignInput,
  SigstoreSigner,
} from './signer.ts';
export type { SigningKey } from './signing-key.ts';
export { fulcioAsStockSigner, keyAsStockSigner, type StockSigner } from './stock-signer.ts';
export { timestampAuthority } from './timestamp-authority.ts';
export { vaultCosignKey, vaultPublicKey } from './vault-cosign-key.ts';
export type { Testimony, Witness, WitnessOptions } from './witness.ts';
