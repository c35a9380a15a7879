export { checkArchive, signedText } from './check-archive.ts';
export { checkManifest } from './check-manifest.ts';
export { findReferrers } from './find-referrers.ts';
export { findSignature } from './find-signature.ts';
export { findSigstore } from './find-sigstore.ts';
export { type Job, type ManifestBytes, openJob } from './job.ts';
export { lockSigners, lockTag } from './locks.ts';
export { moveTag } from './move-tag.ts';
export { putProvenance } from './put-provenance.ts';
export { auditKey, readOrder } from './read-order.ts';
export { type OpenRecord, recordOutcome } from './record-outcome.ts';
export { refuseOtherSignature } from './refuse-other-signature.ts';
export { requireFound } from './require-found.ts';
export { signManifest } from './sign-manifest.ts';
export { describeSigned, isComplete, type SignedSoFar, signatoriesOf } from './signed-so-far.ts';
export type {
  MadeSignature,
  Order,
  SignContext,
  SignRequest,
  SignResult,
  SignTarget,
} from './task.ts';
export { reportByTag, requireAllowed, verifyResult } from './verify-result.ts';
