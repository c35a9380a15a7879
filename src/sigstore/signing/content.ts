import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { dsse } from '@sigstore/core';
import { HashAlgorithm } from '@sigstore/protobuf-specs';
import type { SignedContent } from './witness.ts';

/** Hashes that sigstore signs. */
export type Hash = 'sha256' | 'sha384' | 'sha512';

/** What sigstore's protobuf specs call them in JSON. */
export const HASH_NAMES: Record<Hash, string> = {
  sha256: 'SHA2_256',
  sha384: 'SHA2_384',
  sha512: 'SHA2_512',
};
const HASH_NUMBERS: Record<Hash, HashAlgorithm> = {
  sha256: HashAlgorithm.SHA2_256,
  sha384: HashAlgorithm.SHA2_384,
  sha512: HashAlgorithm.SHA2_512,
};

/** The bytes that are signed for a payload in an envelope (DSSE, Pre-Authentication Encoding). */
export function signedBytes(payloadType: string, payload: Uint8Array): Uint8Array {
  return dsse.preAuthEncoding(payloadType, Buffer.from(payload));
}

/** An envelope with one signature. Without a key id, as cosign writes it: the bundle says which key it is. */
export function envelope(payloadType: string, payload: Uint8Array, signature: Uint8Array): SignedContent {
  return {
    $case: 'dsseEnvelope',
    dsseEnvelope: {
      payloadType,
      payload: Buffer.from(payload),
      signatures: [{ sig: Buffer.from(signature), keyid: '' }],
    },
  };
}

/** A signature over bytes that stand elsewhere. */
export function messageSignature(bytes: Uint8Array, hash: Hash, signature: Uint8Array): SignedContent {
  return {
    $case: 'messageSignature',
    messageSignature: {
      messageDigest: {
        algorithm: HASH_NUMBERS[hash],
        digest: createHash(hash).update(bytes).digest(),
      },
      signature: Buffer.from(signature),
    },
  };
}

/** The one signature in the content. */
export function signatureOf(content: SignedContent): Buffer {
  if (content.$case === 'messageSignature') return content.messageSignature.signature;
  return content.dsseEnvelope.signatures[0]?.sig ?? Buffer.alloc(0);
}
