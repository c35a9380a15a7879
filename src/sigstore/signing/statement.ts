import { ChartsealError } from '../../base/error.ts';
import type { Digest } from '../../oci/index.ts';
import { COSIGN_SIGN } from '../trust.ts';

/** The type of the payload in an envelope. */
export const IN_TOTO = 'application/vnd.in-toto+json';
const MAX_STATEMENT = 64 * 1024;

/**
 * The statement that `cosign sign` signs since version 3: a subject that has no name, annotations even where there are none, an
 * empty predicate (cosign:cmd/cosign/cli/sign/sign.go, signDigestBundle). The order of the keys is that of cosign too.
 * @param annotations as of `cosign sign -a NAME=VALUE`
 * @throws ChartsealError request.too_large
 */
export function signStatement(digest: Digest, annotations: Readonly<Record<string, string>>): Uint8Array {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256: digest.slice('sha256:'.length) }, annotations: inOrder(annotations) }],
    predicateType: COSIGN_SIGN,
    predicate: {},
  };
  return bounded(JSON.stringify(statement));
}

/**
 * The payload of a signature under cosign's `.sig` tag ("simple signing", sigstore:pkg/signature/payload/payload.go).
 * @param repository host and repository, without tag and digest
 * @throws ChartsealError request.too_large
 */
export function simpleSigningPayload(
  digest: Digest,
  repository: string,
  annotations: Readonly<Record<string, string>>,
): Uint8Array {
  const payload = {
    critical: {
      identity: { 'docker-reference': repository },
      image: { 'docker-manifest-digest': digest },
      type: 'cosign container image signature',
    },
    optional: Object.keys(annotations).length === 0 ? null : inOrder(annotations),
  };
  return bounded(JSON.stringify(payload));
}

// As Go writes maps.
function inOrder(annotations: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function bounded(json: string): Uint8Array {
  const bytes = new TextEncoder().encode(json);
  if (bytes.byteLength <= MAX_STATEMENT) return bytes;
  throw new ChartsealError(
    'request.too_large',
    `the annotations make a statement of ${bytes.byteLength} bytes, at most ${MAX_STATEMENT} are signed`,
  );
}
