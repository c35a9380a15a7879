import {
  BUNDLE_V01_MEDIA_TYPE,
  BUNDLE_V02_MEDIA_TYPE,
  BUNDLE_V03_LEGACY_MEDIA_TYPE,
  BUNDLE_V03_MEDIA_TYPE,
  type Bundle,
  bundleFromJSON,
} from '@sigstore/bundle';
import { HashAlgorithm } from '@sigstore/protobuf-specs';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { checkBundleShape } from './bundle-shape.ts';
import { wordsOf } from './failure.ts';
import {
  MAX_CHECKPOINT_CHARS,
  MAX_CHECKPOINT_SIGNATURES,
  MAX_DER_BYTES,
  MAX_PROOF_HASHES,
  MAX_PROOFS,
  MAX_SIGNATURE_BYTES,
} from './limits.ts';
import { parseCertificate } from './parse-certificate.ts';
import { certificateSigner, malformed, overLimit, type ReadSignature } from './read-signature.ts';
import { envelopeContent, type SignedContent } from './signed-content.ts';

const MEDIA_TYPES: readonly string[] = [
  BUNDLE_V01_MEDIA_TYPE,
  BUNDLE_V02_MEDIA_TYPE,
  BUNDLE_V03_LEGACY_MEDIA_TYPE,
  BUNDLE_V03_MEDIA_TYPE,
];

/**
 * Reads a sigstore bundle of version 0.1, 0.2 or 0.3 (protobuf-specs: protos/sigstore_bundle.proto). What is larger or
 * more numerous than `limits.ts` allows is refused before it is looked into.
 * @param message makes the content of a signature over bytes by themselves, which a bundle does not hold
 * @throws ChartsealError `sigstore.malformed`, `sigstore.unsupported`, `sigstore.certificate_invalid`, `evidence.limit`
 */
export function readBundle(bytes: Uint8Array, message: (signature: Buffer) => SignedContent): ReadSignature {
  const json = parseJson(bytes);
  checkLimits(json);
  const mediaType: unknown = json.mediaType;
  if (typeof mediaType !== 'string' || !MEDIA_TYPES.includes(mediaType)) {
    const shown =
      typeof mediaType === 'string' ? JSON.stringify(clean(mediaType)) : 'its mediaType is no text';
    throw new ChartsealError('sigstore.unsupported', `the bundle is of a kind that is not known: ${shown}`);
  }
  checkBundleShape(json);
  let bundle: Bundle;
  try {
    bundle = bundleFromJSON(json);
  } catch (cause) {
    throw malformed(describe(cause), cause);
  }
  const { tlogEntries, timestampVerificationData } = bundle.verificationMaterial;
  return {
    format: 'bundle',
    ...readContent(bundle, message),
    signer: readSigner(bundle),
    entries: tlogEntries,
    timestamps: (timestampVerificationData?.rfc3161Timestamps ?? []).map(
      ({ signedTimestamp }) => signedTimestamp,
    ),
  };
}

/** JSON of an object, in UTF-8 and not too large. */
export function parseJson(bytes: Uint8Array): Record<string, unknown> {
  if (bytes.byteLength > MAX_SIGNATURE_BYTES)
    throw overLimit(`it has more than ${MAX_SIGNATURE_BYTES} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw malformed('it is no JSON', cause);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw malformed('it is no JSON object');
  return json as Record<string, unknown>;
}

// biome-ignore lint/suspicious/noExplicitAny: JSON of strangers; only sizes are asked for
function checkLimits(json: any): void {
  const material = json.verificationMaterial;
  const lists: [string, unknown][] = [
    ['log entries', material?.tlogEntries],
    ['timestamps', material?.timestampVerificationData?.rfc3161Timestamps],
    ['certificates', material?.x509CertificateChain?.certificates],
    ['signatures', json.dsseEnvelope?.signatures],
  ];
  for (const [name, list] of lists) {
    if (Array.isArray(list) && list.length > MAX_PROOFS)
      throw overLimit(`it has ${list.length} ${name}, more than ${MAX_PROOFS}`);
  }
  for (const entry of Array.isArray(material?.tlogEntries) ? material.tlogEntries : []) {
    const hashes = entry?.inclusionProof?.hashes;
    if (Array.isArray(hashes) && hashes.length > MAX_PROOF_HASHES) {
      throw overLimit(`a proof in it has ${hashes.length} hashes, more than ${MAX_PROOF_HASHES}`);
    }
    const checkpoint = entry?.inclusionProof?.checkpoint?.envelope;
    if (typeof checkpoint !== 'string') continue;
    if (checkpoint.length > MAX_CHECKPOINT_CHARS) {
      throw overLimit(`a checkpoint in it has more than ${MAX_CHECKPOINT_CHARS} characters`);
    }
    // Each line that names a trusted log is verified, until one holds.
    if (checkpoint.split('\u2014 ').length - 1 > MAX_CHECKPOINT_SIGNATURES) {
      throw overLimit(`a checkpoint in it has more than ${MAX_CHECKPOINT_SIGNATURES} signatures`);
    }
  }
}

function readContent(
  bundle: Bundle,
  message: (signature: Buffer) => SignedContent,
): Pick<ReadSignature, 'content' | 'declaredDigest'> {
  if (bundle.content.$case === 'dsseEnvelope') {
    const { payloadType, payload, signatures } = bundle.content.dsseEnvelope;
    return { content: envelopeContent(payloadType, payload, signatures[0]!.sig) };
  }
  const { messageDigest, signature } = bundle.content.messageSignature;
  const { algorithm, digest } = messageDigest;
  const known = [HashAlgorithm.SHA2_256, HashAlgorithm.SHA2_384, HashAlgorithm.SHA2_512];
  if (!known.includes(algorithm)) {
    const name = clean(HashAlgorithm[algorithm] ?? algorithm);
    throw new ChartsealError('sigstore.unsupported', `the bundle names a digest by ${name}`);
  }
  return { content: message(signature), declaredDigest: digest };
}

function readSigner({ verificationMaterial }: Bundle): ReadSignature['signer'] {
  const { content } = verificationMaterial;
  switch (content.$case) {
    case 'publicKey':
      return { kind: 'key', hint: content.publicKey.hint };
    case 'certificate':
      return certificateSigner(content.certificate.rawBytes);
    case 'x509CertificateChain': {
      const [leaf, ...others] = content.x509CertificateChain.certificates;
      refuseRoots(others.map(({ rawBytes }) => rawBytes));
      return certificateSigner(leaf!.rawBytes);
    }
  }
}

// A root is what the verifier knows, so a bundle must not bring one (sigstore_bundle.proto, x509_certificate_chain).
// Intermediates may be there; only those of the trusted root are used.
function refuseRoots(others: Buffer[]): void {
  for (const der of others) {
    if (der.byteLength > MAX_DER_BYTES) throw overLimit(`a certificate has more than ${MAX_DER_BYTES} bytes`);
    let isRoot: boolean;
    try {
      const certificate = parseCertificate(der);
      isRoot = certificate.subject.equals(certificate.issuer);
    } catch (cause) {
      throw malformed('a certificate in it cannot be read', cause);
    }
    if (isRoot) {
      throw new ChartsealError('sigstore.certificate_invalid', 'the bundle brings its own root certificate');
    }
  }
}

function describe(error: unknown): string {
  const fields = (error as { fields?: unknown }).fields;
  const where = Array.isArray(fields) ? `: ${fields.join(', ')}` : '';
  return clean(`${wordsOf(error)}${where}`);
}
