import type { KeyObject } from 'node:crypto';

/** A public key that signs for somebody; parsed once. */
export interface SigstoreKey {
  /** SubjectPublicKeyInfo, DER. */
  spki: Uint8Array;
  /** Upper-case hex of SHA-256 over `spki`. */
  fingerprint: string;
  /** What bundles call it: base64 of SHA-256 over `spki`. */
  hint: string;
  /** For people: `ECDSA P-256`, `RSA-4096`, `Ed25519`, … */
  algorithm: string;
  keyObject: KeyObject;
}
