import type { TransparencyLogEntry } from '@sigstore/bundle';
import { readPem } from '../base/read-pem.ts';
import { MAX_ANNOTATION_CHARS, MAX_SIGNATURE_BYTES } from './limits.ts';
import { parseJson } from './read-bundle.ts';
import { certificateSigner, malformed, overLimit, type ReadSignature } from './read-signature.ts';
import type { SignatureItem } from './signature-item.ts';
import { envelopeContent, messageContent } from './signed-content.ts';

// cosign: pkg/oci/static/signature.go, pkg/cosign/bundle/rekor.go, pkg/cosign/bundle/tsa.go
const SIGNATURE = 'dev.cosignproject.cosign/signature';
const CERTIFICATE = 'dev.sigstore.cosign/certificate';
const LOG_ENTRY = 'dev.sigstore.cosign/bundle';
const TIMESTAMP = 'dev.sigstore.cosign/rfc3161timestamp';

/**
 * Reads a layer of cosign's `.sig` manifest (the payload, its signature in the annotations) or of its `.att` manifest
 * (a DSSE envelope). Both mean what a bundle of version 0.1 means: a log entry carries the log's promise and no proof.
 * The chain in the annotations is not looked at, as nothing in it is trusted.
 * @throws ChartsealError `sigstore.malformed`, `evidence.limit`
 */
export function readLayer(item: SignatureItem): ReadSignature {
  const { bytes, annotations } = item;
  if (bytes.byteLength > MAX_SIGNATURE_BYTES)
    throw overLimit(`it has more than ${MAX_SIGNATURE_BYTES} bytes`);
  const pem = annotation(annotations, CERTIFICATE);
  const entry = annotation(annotations, LOG_ENTRY);
  const timestamp = annotation(annotations, TIMESTAMP);
  return {
    format: item.format,
    content:
      item.format === 'dsse'
        ? readEnvelope(bytes)
        : messageContent(bytes, base64(annotation(annotations, SIGNATURE), 'its signature')),
    signer: pem === undefined ? { kind: 'key', hint: undefined } : certificateSigner(pemCertificate(pem)),
    entries: entry === undefined ? [] : [readEntry(entry)],
    timestamps: timestamp === undefined ? [] : [readTimestamp(timestamp)],
  };
}

/** Of annotations; one that is empty counts as one that is not there (cosign writes an empty chain). */
function annotation(annotations: SignatureItem['annotations'], name: string): string | undefined {
  const value = Object.hasOwn(annotations, name) ? annotations[name] : undefined;
  if (value === undefined || value === '') return undefined;
  if (value.length > MAX_ANNOTATION_CHARS) {
    throw overLimit(`its annotation ${name} has more than ${MAX_ANNOTATION_CHARS} characters`);
  }
  return value;
}

function readEnvelope(bytes: Uint8Array): ReturnType<typeof envelopeContent> {
  const { payloadType, payload, signatures } = parseJson(bytes);
  if (typeof payloadType !== 'string') throw malformed('its payloadType is missing');
  // Each signature would need its own log entry, and a layer has one.
  if (!Array.isArray(signatures) || signatures.length !== 1) {
    const count = Array.isArray(signatures) ? signatures.length : 0;
    throw malformed(`its envelope has ${count} signatures where one is expected`);
  }
  const signature: unknown = Object(signatures[0]).sig;
  return envelopeContent(payloadType, base64(payload, 'its payload'), base64(signature, 'its signature'));
}

function readEntry(text: string): TransparencyLogEntry {
  const { SignedEntryTimestamp, Payload } = jsonOf(text, 'its log entry');
  const { body, integratedTime, logIndex, logID } = Object(Payload) as Record<string, unknown>;
  if (
    !isCount(integratedTime) ||
    !isCount(logIndex) ||
    typeof logID !== 'string' ||
    !/^[0-9a-f]{2,128}$/.test(logID)
  ) {
    throw malformed('its log entry lacks time, index or log');
  }
  const canonicalizedBody = base64(body, 'the body of its log entry');
  const { kind, apiVersion } = jsonOf(canonicalizedBody.toString('utf8'), 'the body of its log entry');
  if (typeof kind !== 'string' || typeof apiVersion !== 'string')
    throw malformed('its log entry is of no kind');
  return {
    logIndex: String(logIndex),
    logId: { keyId: Buffer.from(logID, 'hex') },
    kindVersion: { kind, version: apiVersion },
    integratedTime: String(integratedTime),
    inclusionPromise: { signedEntryTimestamp: base64(SignedEntryTimestamp, 'the promise of its log entry') },
    inclusionProof: undefined,
    canonicalizedBody,
  };
}

function readTimestamp(text: string): Buffer {
  return base64(jsonOf(text, 'its timestamp').SignedRFC3161Timestamp, 'its timestamp');
}

function pemCertificate(pem: string): Buffer {
  const [block, ...more] = readPem(pem) ?? [];
  const text = pem.trim();
  const isAlone = text.startsWith('-----BEGIN ') && text.endsWith('-----END CERTIFICATE-----');
  if (block?.label !== 'CERTIFICATE' || more.length > 0 || !isAlone)
    throw malformed('its certificate is not one PEM block');
  return block.der;
}

function jsonOf(text: string, what: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw malformed(`${what} is no JSON`, cause);
  }
  if (typeof json !== 'object' || json === null) throw malformed(`${what} is no JSON object`);
  return json as Record<string, unknown>;
}

function base64(text: unknown, what: string): Buffer {
  if (
    typeof text !== 'string' ||
    text === '' ||
    text.length % 4 !== 0 ||
    !/^[A-Za-z0-9+/]+={0,2}$/.test(text)
  ) {
    throw malformed(`${what} is no base64`);
  }
  return Buffer.from(text, 'base64');
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
