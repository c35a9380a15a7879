import { createHash, type KeyObject } from 'node:crypto';
import type { TransparencyLogEntry } from '@sigstore/bundle';
import type { RFC3161Timestamp, X509Certificate } from '@sigstore/core';
import { type SignedEntity, type TrustMaterial, Verifier } from '@sigstore/verify';
import { isDigestOf, type SignedContent } from './signed-content.ts';

// `@sigstore/verify` takes all proofs of a signature and says yes or which kind of thing was wrong. It is asked here for
// one proof at a time, so that each has its own answer; it is always the library that answers. What it is not asked for
// is the signature itself (`check-signature.ts`): it does not know the hashes of larger curves, and needs all bytes.

/**
 * Does a log that this root trusts hold this entry, and is the entry that of this signature and digest?
 * @throws VerificationError
 */
export function askForEntry(root: TrustMaterial, content: SignedContent, entry: TransparencyLogEntry): void {
  new Verifier({ ...root, publicKey: anyKey }, { tlogThreshold: 1, timestampThreshold: 0 }).verify({
    ...SOMEBODY,
    signature: comparable(content),
    tlogEntries: [entry],
  });
}

/**
 * Did a timestamp authority that this root trusts stamp this signature?
 * @throws VerificationError
 */
export function askForTimestamp(
  root: TrustMaterial,
  content: SignedContent,
  timestamp: RFC3161Timestamp,
): void {
  new Verifier({ ...root, publicKey: anyKey }, { tlogThreshold: 0, timestampThreshold: 1 }).verify({
    ...SOMEBODY,
    signature: comparable(content),
    timestamps: [{ $case: 'timestamp-authority', timestamp }],
  });
}

/**
 * Was the certificate issued by an authority of this root, valid at each of these times, and logged?
 * @param times seconds since the epoch at which it signed; at least one, each once. They are verified already.
 * @throws VerificationError
 */
export function askForCertificate(
  root: TrustMaterial,
  certificate: X509Certificate,
  times: readonly number[],
): void {
  new Verifier(root, { tlogThreshold: 0, ctlogThreshold: 1, timestampThreshold: 1 }).verify({
    signature: NOTHING,
    key: { $case: 'certificate', certificate },
    tlogEntries: [],
    timestamps: times.map((seconds) => ({ $case: 'transparency-log', tlogEntry: entryAt(seconds) })),
  });
}

const SOMEBODY: Pick<SignedEntity, 'key' | 'tlogEntries' | 'timestamps'> = {
  key: { $case: 'public-key', hint: '' },
  tlogEntries: [],
  timestamps: [],
};

// Nothing is verified with it: see `verifySignature` below.
const anyKey = () => ({ publicKey: {} as KeyObject, validFor: () => true });

function comparable(content: SignedContent): SignedEntity['signature'] {
  const { signature, envelope } = content;
  return {
    signature,
    compareSignature: (other) => signature.equals(other),
    // What entries of the kinds dsse and intoto record: the digest of what the envelope carries. Without one they are those
    // of something else.
    compareDigest: (digest) =>
      envelope !== undefined && createHash('sha256').update(envelope.payload).digest().equals(digest),
    compareSignedDigest: (digest) => isDigestOf(content, digest),
    verifySignature: () => true,
  };
}

const NOTHING: SignedEntity['signature'] = {
  signature: Buffer.alloc(0),
  compareSignature: () => false,
  compareDigest: () => false,
  compareSignedDigest: () => false,
  verifySignature: () => true,
};

// The library takes the time of an entry with a promise as it is, and verifies the promise with the entry.
function entryAt(seconds: number): TransparencyLogEntry {
  return {
    logIndex: '0',
    logId: { keyId: Buffer.alloc(0) },
    kindVersion: { kind: '', version: '' },
    integratedTime: String(seconds),
    inclusionPromise: { signedEntryTimestamp: Buffer.alloc(0) },
    inclusionProof: undefined,
    canonicalizedBody: Buffer.alloc(0),
  };
}
