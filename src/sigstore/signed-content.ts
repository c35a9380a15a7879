import { createHash } from 'node:crypto';
import { dsse } from '@sigstore/core';
import type { HashName } from './signing-key.ts';

/** What a signature is over: an envelope, or bytes by themselves. */
export interface SignedContent {
  kind: 'envelope' | 'message';
  signature: Buffer;
  /** The bytes that were signed (of an envelope its pre-authentication encoding); undefined: only digests are known. */
  signed: Buffer | undefined;
  /** Digest of the signed bytes; undefined where it can not be known. */
  digest(hash: HashName): Buffer | undefined;
  /** Of an envelope: what it carries. */
  envelope?: { payloadType: string; payload: Buffer };
}

/** A DSSE envelope with its one signature. */
export function envelopeContent(payloadType: string, payload: Buffer, signature: Buffer): SignedContent {
  const signed = dsse.preAuthEncoding(payloadType, payload);
  return {
    kind: 'envelope',
    signature,
    signed,
    digest: digestsOf(signed),
    envelope: { payloadType, payload },
  };
}

/** A signature over bytes that are at hand. */
export function messageContent(message: Uint8Array, signature: Buffer): SignedContent {
  const signed = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  return { kind: 'message', signature, signed, digest: digestsOf(signed) };
}

/** A signature over bytes of which one digest is known. @param known `sha256:…`, `sha384:…` or `sha512:…` */
export function digestContent(known: string, signature: Buffer): SignedContent {
  const [name, hex] = known.split(':');
  const digest = Buffer.from(hex ?? '', 'hex');
  return {
    kind: 'message',
    signature,
    signed: undefined,
    digest: (hash) => (hash === name ? digest : undefined),
  };
}

function digestsOf(bytes: Buffer): (hash: HashName) => Buffer {
  const known = new Map<HashName, Buffer>();
  return (hash) => {
    let digest = known.get(hash);
    if (digest === undefined) {
      digest = createHash(hash).update(bytes).digest();
      known.set(hash, digest);
    }
    return digest;
  };
}

const BY_LENGTH: Readonly<Record<number, HashName>> = { 32: 'sha256', 48: 'sha384', 64: 'sha512' };

/** Is this a digest of the signed bytes, by the hash that its length tells? */
export function isDigestOf(content: SignedContent, digest: Uint8Array): boolean {
  const hash = BY_LENGTH[digest.byteLength];
  return hash !== undefined && content.digest(hash)?.equals(digest) === true;
}
