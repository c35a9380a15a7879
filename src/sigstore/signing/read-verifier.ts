import type { Buffer } from 'node:buffer';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { X509Certificate } from '@sigstore/core';
import { readPem } from '../../base/read-pem.ts';
import { type SignatureAlgorithm, signatureAlgorithm } from './signature-algorithm.ts';
import { unusableKey } from './unusable-key.ts';

/** What a log entry says who signed. */
export interface Verifier {
  kind: 'publicKey' | 'x509Certificate';
  der: Buffer<ArrayBuffer>;
  algorithm: SignatureAlgorithm;
}

/**
 * Reads the public key or the certificate that a signature is by.
 * @param pem one block
 * @throws ChartsealError sign.cosign_key_unusable
 */
export function readVerifier(pem: string): Verifier {
  const [block] = readPem(pem) ?? [];
  if (block?.label !== 'PUBLIC KEY' && block?.label !== 'CERTIFICATE') {
    throw unusableKey('what the signature is by is neither a public key nor a certificate');
  }
  const kind = block.label === 'CERTIFICATE' ? 'x509Certificate' : 'publicKey';
  let key: KeyObject;
  try {
    const spki = kind === 'publicKey' ? block.der : X509Certificate.parse(block.der).publicKey;
    key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  } catch {
    throw unusableKey('what the signature is by cannot be read');
  }
  return { kind, der: block.der, algorithm: signatureAlgorithm(key) };
}
