export { authorise } from './authorise.ts';
export { detachedManifest, EMPTY_CONFIG } from './detached.ts';
export { findSignature } from './find-signature.ts';
export { holdLease } from './hold-lease.ts';
export { makeProvenance, readSignedText } from './make-provenance.ts';
export { expectedDigest, readTarget } from './read-target.ts';
export { type OpenRecord, recordOutcome } from './record-outcome.ts';
export type { MadeSignature, SignContext, SignRequest, SignResult, SignTarget } from './task.ts';
export { requireAllowed, verifyResult } from './verify-result.ts';
