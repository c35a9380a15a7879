export type { SignatureResult } from './conclude.ts';
export {
  type DescribedAuthority,
  type DescribedLog,
  type DescribedPeriod,
  type DescribedRoot,
  describeTrustedRoot,
} from './describe-trusted-root.ts';
export { findLegacy } from './discovery/find-legacy.ts';
export { findReferring } from './discovery/find-referring.ts';
export { findSignatures } from './discovery/find-signatures.ts';
export { type SearchInput, type SignatureBatch, startSearch } from './discovery/search.ts';
export { EXTENSION_NAMES, extensionName } from './extensions.ts';
export { type FoundHelmEntries, findHelmEntries, type HelmLogSearch } from './helm-log/find-helm-entries.ts';
export { type HelmLogInput, type HelmLogTrust, judgeHelmLog } from './helm-log/judge-helm-log.ts';
export type { HelmLogEntry } from './helm-log/log-entry.ts';
export { type HelmEntryResult, verifyHelmEntry } from './helm-log/verify-helm-entry.ts';
export type { SigstoreKey } from './key.ts';
export { type CosignPredictionInput, predictCosign } from './predict-cosign.ts';
export { readSigstoreKey } from './read-sigstore-key.ts';
export { readTrustedRoot } from './read-trusted-root.ts';
export type { LocatedSignature, SignatureItem } from './signature-item.ts';
export * from './signing/index.ts';
export { COSIGN_SIGN, type SigstoreIdentity, type SigstoreTrust } from './trust.ts';
export type { TrustedRoot } from './trusted-root.ts';
export { verifyBundle } from './verify-bundle.ts';
export { verifySignature } from './verify-signature.ts';
