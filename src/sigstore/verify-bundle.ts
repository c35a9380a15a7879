import { ChartsealError } from '../base/error.ts';
import { toHex } from '../base/hex.ts';
import { sha256 } from '../base/sha256.ts';
import { clean } from '../base/text.ts';
import { conclude, concludeAnyway, type Question, type SignatureResult } from './conclude.ts';
import { readBundle } from './read-bundle.ts';
import type { ReadSignature } from './read-signature.ts';
import { statementOf } from './read-statement.ts';
import { digestContent, isDigestOf, messageContent } from './signed-content.ts';

interface BundleInput extends Question {
  /** The bundle, JSON. */
  bundle: Uint8Array;
  /** What must have been signed: the bytes, or `sha256:…` of them (`sha384:…`, `sha512:…` for a bare signature). */
  artifact: { bytes: Uint8Array } | { digest: string };
}

/**
 * Verifies a bundle of anything: a statement about the artifact, or a signature over its bytes by themselves (which
 * `verifySignature` does not take for a signature of a chart). Never throws for what the evidence is.
 */
export async function verifyBundle(input: BundleInput): Promise<SignatureResult> {
  const { artifact } = input;
  const digest = 'digest' in artifact ? artifact.digest : `sha256:${toHex(await sha256(artifact.bytes))}`;
  return concludeAnyway(input, () => {
    const signature = readBundle(input.bundle, (bytes) =>
      'digest' in artifact ? digestContent(digest, bytes) : messageContent(artifact.bytes, bytes),
    );
    checkDeclared(signature, digest);
    const isEnvelope = signature.content.kind === 'envelope';
    return conclude(signature, isEnvelope ? statementOf(signature) : undefined, digest, input);
  });
}

// The digest in a bundle is a hint that nothing signs; one that is not that of the artifact still means that the bundle
// is of something else (conformance suite: message-digest-mismatch_fail).
function checkDeclared({ content, declaredDigest }: ReadSignature, digest: string): void {
  if (declaredDigest === undefined || isDigestOf(content, declaredDigest)) return;
  const isComparable =
    content.signed !== undefined || content.digest(HASHES[declaredDigest.byteLength] ?? 'sha256');
  throw isComparable
    ? new ChartsealError(
        'sigstore.subject_mismatch',
        `the bundle is of other bytes than those of ${clean(digest)}`,
      )
    : new ChartsealError(
        'sigstore.needs_content',
        'the bundle names a digest of another kind than the one that is known',
      );
}

const HASHES: Readonly<Record<number, 'sha256' | 'sha384' | 'sha512'>> = {
  32: 'sha256',
  48: 'sha384',
  64: 'sha512',
};
