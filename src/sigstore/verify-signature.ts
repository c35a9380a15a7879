import { conclude, concludeAnyway, type Question, type SignatureResult } from './conclude.ts';
import { readItem } from './read-item.ts';
import { statementOf } from './read-statement.ts';
import type { SignatureItem } from './signature-item.ts';

export interface SignatureInput extends Question {
  /** Never changed after it was found: what was read and verified of it is remembered by it. */
  item: SignatureItem;
  subject: {
    /** `sha256:…` of the manifest. */
    digest: string;
  };
}

/**
 * Verifies one signature of a manifest: a bundle, or a layer of cosign's `.sig` or `.att`. What all trust entries share
 * is done once: reading, the proofs for each trusted root, the signature for each key; a second judgement of the same
 * item finds it done. Never throws for what the evidence is.
 */
export async function verifySignature(input: SignatureInput): Promise<SignatureResult> {
  return concludeAnyway(input, () => {
    const signature = readItem(input.item);
    return conclude(signature, statementOf(signature), input.subject.digest, input);
  });
}
