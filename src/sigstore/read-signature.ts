import type { TransparencyLogEntry } from '@sigstore/bundle';
import { ChartsealError } from '../base/error.ts';
import { wordsOf } from './failure.ts';
import { MAX_DER_BYTES } from './limits.ts';
import { parseCertificate } from './parse-certificate.ts';
import { type Leaf, readLeaf } from './read-leaf.ts';
import type { SignatureItem } from './signature-item.ts';
import type { SignedContent } from './signed-content.ts';

/** A signature with its proofs, read and not yet verified: the same whichever format it came in. */
export interface ReadSignature {
  format: SignatureItem['format'];
  content: SignedContent;
  /** What a bundle says that the digest of the signed bytes is; a hint that must not lie. */
  declaredDigest?: Buffer;
  /** The signer's certificate (or why it may not sign), or a key that goes without one. */
  signer: { kind: 'certificate'; leaf: Leaf | ChartsealError } | { kind: 'key'; hint: string | undefined };
  entries: readonly TransparencyLogEntry[];
  /** Timestamp responses, DER. */
  timestamps: readonly Buffer[];
}

/** The signer of a certificate as it stands in evidence. @param der the leaf alone */
export function certificateSigner(der: Uint8Array): ReadSignature['signer'] {
  if (der.byteLength > MAX_DER_BYTES) throw overLimit(`the certificate has more than ${MAX_DER_BYTES} bytes`);
  try {
    return { kind: 'certificate', leaf: readLeaf(parseCertificate(der)) };
  } catch (error) {
    if (error instanceof ChartsealError) return { kind: 'certificate', leaf: error };
    const message = `the certificate cannot be read: ${wordsOf(error)}`;
    return { kind: 'certificate', leaf: new ChartsealError('sigstore.certificate_invalid', message) };
  }
}

/** The error of evidence that cannot be read: it was there, and is no signature. */
export function malformed(why: string, cause?: unknown): ChartsealError {
  return new ChartsealError('sigstore.malformed', `the signature cannot be read: ${why}`, { cause });
}

/** The error of evidence that is not looked into (`src/sigstore/limits.ts`): whether it holds is not known. */
export function overLimit(why: string): ChartsealError {
  return new ChartsealError('evidence.limit', `the signature is not read: ${why}`);
}
