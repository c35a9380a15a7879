export { findLegacy } from './discovery/find-legacy.ts';
export { findSignatures } from './discovery/find-signatures.ts';
export { DEFAULT_DISCOVERY_LIMITS, type DiscoveryLimits } from './discovery/limits.ts';
export { type Search, type SearchInput, type SignatureBatch, startSearch } from './discovery/search.ts';
export type { SigstoreKey } from './key.ts';
export { type CosignPredictionInput, predictCosign, predictWithFlags } from './predict-cosign.ts';
export type { LocatedSignature, SignatureItem } from './signature-item.ts';
export { COSIGN_SIGN, type SigstoreIdentity, type SigstoreTrust } from './trust.ts';
export type { TrustedRoot } from './trusted-root.ts';
