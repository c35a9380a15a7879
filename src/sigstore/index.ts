export type { SigstoreKey } from './key.ts';
export { type CosignPredictionInput, predictCosign, predictWithFlags } from './predict-cosign.ts';
export type { LocatedSignature, SignatureItem } from './signature-item.ts';
export { COSIGN_SIGN, type SigstoreIdentity, type SigstoreTrust } from './trust.ts';
export type { TrustedRoot } from './trusted-root.ts';
