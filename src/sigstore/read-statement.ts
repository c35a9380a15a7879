import { ChartsealError } from '../base/error.ts';
import { isObject } from '../base/is-object.ts';
import { createReadOnce } from '../base/read-once.ts';
import { clean } from '../base/text.ts';
import type { ReadSignature } from './read-signature.ts';
import { COSIGN_SIGN } from './trust.ts';

/** What was signed, as far as it says for whom: an in-toto statement, or the payload of a legacy signature. */
export interface Statement {
  predicateType: string;
  /** Digests in hex that it speaks of, with the annotations that were signed for each. */
  subjects: readonly { sha256: string; annotations: Readonly<Record<string, unknown>> }[];
}

/** DSSE's type of an in-toto statement (in-toto/attestation: spec/v1/envelope.md). */
const IN_TOTO = 'application/vnd.in-toto+json';
// cosign sign writes v1, cosign attest v0.1.
const STATEMENT_TYPES = ['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1'];

/**
 * What a signature says, read once. Nothing is believed here: whether it is signed is another check.
 * @returns instead of throwing, `sigstore.payload_type`, `sigstore.statement` or `sigstore.bare_signature`
 */
export const statementOf = createReadOnce((signature: ReadSignature): Statement | ChartsealError => {
  try {
    return readStatement(signature);
  } catch (error) {
    return error instanceof ChartsealError ? error : unreadable('it is built as none is', error);
  }
});

function readStatement({ content, format }: ReadSignature): Statement {
  if (content.envelope !== undefined) return readInToto(content.envelope);
  if (format === 'simple-signing' && content.signed !== undefined) return readSimpleSigning(content.signed);
  throw new ChartsealError(
    'sigstore.bare_signature',
    'the bundle signs bytes and says nothing of them, which no client takes for a signature of a chart',
  );
}

function readInToto({ payloadType, payload }: { payloadType: string; payload: Buffer }): Statement {
  if (payloadType !== IN_TOTO) {
    throw new ChartsealError(
      'sigstore.payload_type',
      `the envelope carries ${clean(payloadType)}, not ${IN_TOTO}`,
    );
  }
  const { _type, subject, predicateType } = objectOf(payload);
  if (typeof _type !== 'string' || !STATEMENT_TYPES.includes(_type)) {
    // Never written out where it is no text: what is nested deeply enough cannot be.
    throw unreadable(typeof _type === 'string' ? `it is of type "${clean(_type)}"` : 'it has no type');
  }
  if (typeof predicateType !== 'string') throw unreadable('it has no predicateType');
  if (!Array.isArray(subject) || subject.length === 0) throw unreadable('it has no subject');
  return {
    predicateType,
    subjects: subject.map((each) => {
      const { digest, annotations } = fields(each);
      const { sha256 } = fields(digest);
      return { sha256: typeof sha256 === 'string' ? sha256 : '', annotations: fields(annotations) };
    }),
  };
}

// sigstore: pkg/signature/payload/payload.go. cosign compares digest and annotations and passes over the rest
// (cosign: pkg/cosign/verifiers.go, SimpleClaimVerifier).
function readSimpleSigning(payload: Buffer): Statement {
  const { critical, optional } = objectOf(payload);
  const digest = fields(fields(critical).image)['docker-manifest-digest'];
  if (typeof digest !== 'string') throw unreadable('it names no docker-manifest-digest');
  const sha256 = digest.startsWith('sha256:') ? digest.slice('sha256:'.length) : '';
  return { predicateType: COSIGN_SIGN, subjects: [{ sha256, annotations: fields(optional) }] };
}

function objectOf(payload: Buffer): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (cause) {
    throw unreadable('it is no JSON', cause);
  }
  if (!isObject(json)) throw unreadable('it is no JSON object');
  return json;
}

/** The fields of an object; none of anything else. */
function fields(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}

function unreadable(why: string, cause?: unknown): ChartsealError {
  return new ChartsealError('sigstore.statement', `the signed statement cannot be read: ${why}`, { cause });
}
