import { Buffer } from 'node:buffer';
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { HashAlgorithm, PublicKeyDetails } from '@sigstore/protobuf-specs';
import { readPem } from '../../base/read-pem.ts';
import { fitsDigest } from '../fits-digest.ts';
import { MAX_SPKI_BYTES } from '../limits.ts';
import type { Digest } from '../log/verify-bytes.ts';
import { pae } from './pae.ts';
import { readCertificate } from './read-certificate.ts';
import { type Message, readProtojson } from './read-protojson.ts';
import { Unknowable } from './refusal.ts';
import { verifyAsGo } from './verify-as-go.ts';

/**
 * What a log entry records, as far as cosign compares it. Of Rekor v2 nothing is: cosign builds the entry anew from the
 * bundle and proves that one. `unsupported` are kinds that cosign reads and refuses to compare.
 */
export type LogBody =
  | { version: 2 }
  | { version: 1; kind: 'dsse' | 'intoto'; signature: Uint8Array; verifier: string; payloadHash: string }
  | {
      version: 1;
      kind: 'hashedrekord';
      signature: Uint8Array;
      verifier: string;
      hash: string;
      algorithm: string;
    }
  | { version: 1; kind: 'unsupported' };

const RAW = { message: { fields: { rawBytes: 'bytes' } } } as const;
// rekor-tiles:api/proto/rekor/v2/entry.proto, hashedrekord.proto, verifier.proto
const ENTRY_V2: Message = {
  fields: {
    kind: 'string',
    apiVersion: 'string',
    spec: {
      message: {
        fields: {
          hashedRekordV002: {
            message: {
              fields: {
                data: { message: { fields: { algorithm: { enum: HashAlgorithm }, digest: 'bytes' } } },
                signature: {
                  message: {
                    fields: {
                      content: 'bytes',
                      verifier: {
                        message: {
                          fields: {
                            publicKey: RAW,
                            x509Certificate: RAW,
                            keyDetails: { enum: PublicKeyDetails },
                          },
                          protoNames: { x509Certificate: 'x509_certificate' },
                          oneOf: [['publicKey', 'x509Certificate']],
                        },
                      },
                    },
                  },
                },
              },
            },
          },
        },
        protoNames: { hashedRekordV002: 'hashed_rekord_v002' },
      },
    },
  },
};

// Kinds that Rekor v1 has and cosign has no use for.
const OTHER_KINDS: readonly unknown[] = 'alpine cose helm jar rekord rfc3161 rpm tuf'.split(' ');

/**
 * Reads the canonical body of a log entry as sigstore-go does (pkg/tlog/entry.go NewTlogEntry): first as one of Rekor v2,
 * then as one of Rekor v1.
 * @returns undefined for what it does not recognise
 * @throws Unknowable for kinds of entries whose form is not known here, and keys larger than any that is read here
 */
export function readLogBody(bytes: Uint8Array): LogBody | undefined {
  const text = new TextDecoder().decode(bytes);
  if (isVersion2(text)) return { version: 2 };
  let entry: { kind?: unknown; apiVersion?: unknown; spec?: unknown };
  try {
    entry = JSON.parse(text);
  } catch {
    return undefined;
  }
  const spec = at(entry, 'spec');
  if (at(entry, 'kind') === 'dsse' && at(entry, 'apiVersion') === '0.0.1') return readDsse(spec);
  if (at(entry, 'kind') === 'intoto' && at(entry, 'apiVersion') === '0.0.2') return readIntoto(spec);
  if (at(entry, 'kind') === 'hashedrekord' && at(entry, 'apiVersion') === '0.0.1') return readHashed(spec);
  if (at(entry, 'kind') === 'intoto' && at(entry, 'apiVersion') === '0.0.1') {
    return { version: 1, kind: 'unsupported' };
  }
  if (OTHER_KINDS.includes(at(entry, 'kind'))) {
    throw new Unknowable('a log entry of a kind that cosign does not sign with');
  }
  return undefined;
}

function isVersion2(text: string): boolean {
  try {
    // biome-ignore lint/suspicious/noExplicitAny: ENTRY_V2 says what is in it
    const entry: any = readProtojson(text, ENTRY_V2);
    return entry.apiVersion === '0.0.2' && entry.spec?.hashedRekordV002 !== undefined;
  } catch {
    return false;
  }
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/;

// rekor:pkg/types/dsse/v0.0.1/dsse_v0_0_1_schema.json
function readDsse(spec: unknown): LogBody | undefined {
  const signatures = at(spec, 'signatures');
  const first = Array.isArray(signatures) ? signatures[0] : undefined;
  const signature = at(first, 'signature');
  const verifier = decoded(at(first, 'verifier'));
  const hash = sha256Of(at(spec, 'payloadHash'));
  if (sha256Of(at(spec, 'envelopeHash')) === undefined || hash === undefined || verifier === undefined) {
    return undefined;
  }
  if (typeof signature !== 'string' || !BASE64.test(signature)) return undefined;
  return {
    version: 1,
    kind: 'dsse',
    signature: Buffer.from(signature, 'base64'),
    verifier: verifier.toString('latin1'),
    payloadHash: hash,
  };
}

// rekor:pkg/types/intoto/v0.0.2/entry.go Unmarshal; the signature is base64 twice, and so is a payload. An entry that
// carries its payload must be signed.
function readIntoto(spec: unknown): LogBody | undefined {
  const content = at(spec, 'content');
  const envelope = at(content, 'envelope');
  const payload = decoded(at(envelope, 'payload'));
  const signatures = at(envelope, 'signatures');
  const first = Array.isArray(signatures) ? signatures[0] : undefined;
  const encoded = decoded(at(first, 'sig'));
  const verifier = decoded(at(first, 'publicKey'))?.toString('latin1');
  if (encoded === undefined || verifier === undefined) return undefined;
  const signature = Buffer.from(encoded.toString('latin1'), 'base64');
  if (payload === undefined || payload.length === 0) {
    const payloadHash = sha256Of(at(content, 'payloadHash'));
    if (payloadHash === undefined) return undefined;
    return { version: 1, kind: 'intoto', signature, verifier, payloadHash };
  }
  const key = keyOfPem(verifier);
  const bytes = Buffer.from(payload.toString('latin1'), 'base64');
  const type = at(envelope, 'payloadType');
  if (key === undefined || typeof type !== 'string') return undefined;
  if (!verifyAsGo(key, 'sha256', pae(type, bytes), signature)) return undefined;
  const payloadHash = createHash('sha256').update(bytes).digest('hex');
  return { version: 1, kind: 'intoto', signature, verifier, payloadHash };
}

// rekor:pkg/types/hashedrekord/v0.0.1/entry.go validate: the signature must fit the digest.
function readHashed(spec: unknown): LogBody | undefined {
  const signature = at(spec, 'signature');
  const content = decoded(at(signature, 'content'));
  const verifier = decoded(at(at(signature, 'publicKey'), 'content'));
  const hash = at(at(spec, 'data'), 'hash');
  const [algorithm, value] = [at(hash, 'algorithm'), at(hash, 'value')];
  if (content === undefined || verifier === undefined) return undefined;
  if (typeof algorithm !== 'string' || typeof value !== 'string') return undefined;
  if (LENGTHS[algorithm] !== value.length || !/^[0-9a-fA-F]*$/.test(value)) return undefined;
  const pem = verifier.toString('latin1');
  if (!isSigned(pem, content, algorithm as Digest, Buffer.from(value, 'hex'))) return undefined;
  return {
    version: 1,
    kind: 'hashedrekord',
    signature: content,
    verifier: pem,
    hash: value.toLowerCase(),
    algorithm,
  };
}

// Of Ed25519, which is Ed25519ph there, only the digest's algorithm is looked at.
function isSigned(pem: string, signature: Buffer, algorithm: Digest, digest: Buffer): boolean {
  const key = keyOfPem(pem);
  if (key === undefined) return false;
  if (key.asymmetricKeyType === 'ed25519') return algorithm === 'sha512';
  try {
    return fitsDigest(signature, digest, algorithm, key);
  } catch {
    return false;
  }
}

function keyOfPem(pem: string): KeyObject | undefined {
  const [block] = readPem(pem) ?? [];
  const isCertificate = block?.label === 'CERTIFICATE';
  // What an RSA exponent of a megabyte is takes minutes to be told.
  if (!isCertificate && pem.length > MAX_PEM_CHARS)
    throw new Unknowable('a key that is too large to be looked at');
  try {
    return isCertificate ? readCertificate(block.der).publicKey : createPublicKey(pem);
  } catch (error) {
    if (error instanceof Unknowable) throw error;
    return undefined;
  }
}

const MAX_PEM_CHARS = 2 * MAX_SPKI_BYTES;

const LENGTHS: Record<string, number> = { sha256: 64, sha384: 96, sha512: 128 };

function sha256Of(hash: unknown): string | undefined {
  const value = at(hash, 'value');
  if (at(hash, 'algorithm') !== 'sha256' || typeof value !== 'string') return undefined;
  return /^[0-9a-fA-F]{64}$/.test(value) ? value.toLowerCase() : undefined;
}

function decoded(value: unknown): Buffer | undefined {
  return typeof value === 'string' && BASE64.test(value) ? Buffer.from(value, 'base64') : undefined;
}

function at(value: unknown, name: string): unknown {
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
