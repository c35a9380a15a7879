import type { KeyObject } from 'node:crypto';
import { createReadOnce } from '../../base/read-once.ts';
import type { Digest } from '../log/verify-bytes.ts';
import { keyFacts } from './key-facts.ts';
import { pae } from './pae.ts';
import type { BundleEnvelope } from './read-bundle.ts';
import { type Message, readProtojson } from './read-protojson.ts';
import { Refusal } from './refusal.ts';
import { verifyAsGo } from './verify-as-go.ts';

/** A key and the digests with which its signatures are tried. */
export interface SignatureKey {
  key: KeyObject;
  digests: readonly Digest[];
}

/** A subject of an in-toto statement, as cosign compares it. */
export interface StatementSubject {
  digest?: Map<string, string>;
  annotations?: Record<string, unknown>;
}

const INTOTO = 'application/vnd.in-toto+json';
const MAX_SUBJECTS = 1024;
const MAX_DIGESTS = 32;
// in-toto/attestation:protos/in_toto_attestation/v1/statement.proto, resource_descriptor.proto
const STATEMENT: Message = {
  fields: {
    _type: 'string',
    subject: {
      list: {
        message: {
          fields: {
            name: 'string',
            uri: 'string',
            digest: { mapOf: 'string' },
            content: 'bytes',
            downloadLocation: 'string',
            mediaType: 'string',
            annotations: 'struct',
          },
        },
      },
    },
    predicateType: 'string',
    predicate: 'struct',
  },
  protoNames: { _type: 'type' },
};

/**
 * Is the envelope signed, and does its statement name the digest (sigstore-go:pkg/verify/signature.go
 * verifyEnvelopeWithArtifactDigests)? What the statement says of the subject is no matter.
 * @param digest lower-case hex, SHA-256
 * @throws Refusal
 */
export function verifyEnvelope(
  envelope: BundleEnvelope,
  { key, digests }: SignatureKey,
  digest: string,
): StatementSubject[] {
  const [signature] = envelope.signatures;
  if (signature === undefined || envelope.signatures.length > 1) {
    throw new Refusal('exactly one signature is required');
  }
  // A signature that names another key than this one is passed over (go-securesystemslib:dsse/verify.go).
  const named = signature.keyid === '' || signature.keyid === keyFacts(key)?.keyId;
  const signed = pae(envelope.payloadType, envelope.payload);
  if (!named || !digests.some((one) => verifyAsGo(key, one, signed, signature.sig))) {
    throw new Refusal(
      'could not verify envelope: accepted signatures do not match threshold, Found: 0, Expected 1',
    );
  }
  const subjects = subjectsOf(envelope);
  const found = subjects.flatMap(({ digest: all }) => [...(all ?? [])]);
  if (found.some(([, hex]) => !/^(?:[0-9a-fA-F]{2})*$/.test(hex))) {
    throw new Refusal(
      'could not verify artifact: unable to decode subject digest: encoding/hex: invalid byte',
    );
  }
  const sha256 = found.filter(([algorithm]) => algorithm === 'sha256');
  if (sha256.length === 0) throw new Refusal('provided artifact digests does not match digests in statement');
  if (!sha256.some(([, hex]) => hex.toLowerCase() === digest)) {
    throw new Refusal('provided artifact digest does not match any digest in statement');
  }
  return subjects;
}

// Whoever has any certificate of the authority comes this far, for each trust entry, with a megabyte of subjects.
const subjectsOf = createReadOnce(readSubjects);

function readSubjects({ payload, payloadType }: BundleEnvelope): StatementSubject[] {
  const failed = 'could not verify artifact: unable to extract statement from envelope: validation error';
  if (payloadType !== INTOTO) throw new Refusal(`${failed}: unsupported media type`);
  let subjects: StatementSubject[];
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(payload);
    subjects = (readProtojson(text, STATEMENT).subject ?? []) as StatementSubject[];
  } catch {
    throw new Refusal(`${failed}: invalid attestation: decoding json`);
  }
  if (subjects.length > MAX_SUBJECTS) {
    throw new Refusal(`too many subjects: ${subjects.length} > ${MAX_SUBJECTS}`);
  }
  for (const { digest } of subjects) {
    if (digest !== undefined && digest.size > MAX_DIGESTS) {
      throw new Refusal(`too many digests: ${digest.size} > ${MAX_DIGESTS}`);
    }
  }
  return subjects;
}
