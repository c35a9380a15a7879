import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readPem } from '../../base/read-pem.ts';
import type { SignatureItem } from '../signature-item.ts';
import { type LeafCertificate, readCertificate } from './read-certificate.ts';
import { type GoType, readGoJson } from './read-go-json.ts';
import { Refusal, Unknowable, within } from './refusal.ts';

/** A layer of a `.sig` manifest as cosign holds it once it has read it. */
export interface LegacySignature {
  payload: Uint8Array;
  /** Base64 as it stands there; may be anything. */
  signature: string;
  certificate: LeafCertificate | undefined;
  promise: LegacyPromise | undefined;
  timestamp: Uint8Array | undefined;
}

/** What a Rekor v1 log promised to include. */
export interface LegacyPromise {
  set: Uint8Array;
  /** Base64, if it is a text at all. */
  body: unknown;
  /** Seconds since the epoch. */
  integratedTime: number;
  logIndex: number;
  logId: string;
}

const SIGNATURE = 'dev.cosignproject.cosign/signature';
const CERTIFICATE = 'dev.sigstore.cosign/certificate';
const BUNDLE = 'dev.sigstore.cosign/bundle';
const TIMESTAMP = 'dev.sigstore.cosign/rfc3161timestamp';

// cosign:pkg/cosign/bundle/rekor.go, tsa.go
const BUNDLE_TYPE: GoType = {
  SignedEntryTimestamp: 'bytes',
  Payload: { body: 'any', integratedTime: 'int64', logIndex: 'int64', logID: 'string' },
};
const TIMESTAMP_TYPE: GoType = { SignedRFC3161Timestamp: 'bytes' };

/**
 * Reads a layer with its annotations in the order in which cosign does (pkg/oci/static/signature.go Copy).
 * @throws Refusal
 */
export function readLegacy({ bytes, annotations }: SignatureItem): LegacySignature {
  const signature = annotations[SIGNATURE];
  if (signature === undefined) {
    const digest = createHash('sha256').update(bytes).digest('hex');
    throw new Refusal(`signature layer sha256:${digest} is missing "${SIGNATURE}" annotation`);
  }
  const promise = readPromise(annotations[BUNDLE]);
  const timestamp = readTimestamp(annotations[TIMESTAMP]);
  return { payload: bytes, signature, certificate: readLeaf(annotations[CERTIFICATE]), promise, timestamp };
}

function readPromise(text: string | undefined): LegacyPromise | undefined {
  if (!text) return undefined;
  const bundle = within('unmarshaling bundle', () => readGoJson(text, BUNDLE_TYPE)) ?? {};
  const { body, integratedTime, logIndex, logID } = bundle.Payload ?? {};
  return {
    set: Buffer.from(bundle.SignedEntryTimestamp ?? '', 'base64'),
    body,
    integratedTime: integratedTime ?? 0,
    logIndex: logIndex ?? 0,
    logId: logID ?? '',
  };
}

function readTimestamp(text: string | undefined): Uint8Array | undefined {
  if (!text) return undefined;
  const read = within('unmarshaling RFC3161 timestamp bundle', () => readGoJson(text, TIMESTAMP_TYPE));
  return Buffer.from(read?.SignedRFC3161Timestamp ?? '', 'base64');
}

function readLeaf(pem: string | undefined): LeafCertificate | undefined {
  if (!pem) return undefined;
  const [block] = readPem(pem) ?? [];
  if (block?.label === 'CERTIFICATE') return readCertificate(block.der);
  throw new Unknowable('a certificate annotation that is no PEM file');
}
