import type { KeyObject } from 'node:crypto';

export type HashName = 'sha256' | 'sha384' | 'sha512';

/** What kind of signatures a key makes. */
type KeyKind =
  | { type: 'ecdsa'; curve: 'P-256' | 'P-384' | 'P-521'; hash: HashName; algorithm: string }
  | { type: 'rsa'; algorithm: string }
  | { type: 'ed25519'; algorithm: string };

// The curve decides the hash (sigstore: docs/algorithm-registry.md).
const CURVES: Readonly<Record<string, { curve: 'P-256' | 'P-384' | 'P-521'; hash: HashName }>> = {
  prime256v1: { curve: 'P-256', hash: 'sha256' },
  secp384r1: { curve: 'P-384', hash: 'sha384' },
  secp521r1: { curve: 'P-521', hash: 'sha512' },
};

const MIN_RSA_BITS = 2048;
// An arithmetic of more bits costs much, and nobody signs with it.
const MAX_RSA_BITS = 8192;

// Bytes of a SubjectPublicKeyInfo with the whole point, and of that point.
const SIZES: Readonly<Record<'P-256' | 'P-384' | 'P-521', readonly [spki: number, point: number]>> = {
  'P-256': [91, 65],
  'P-384': [120, 97],
  'P-521': [158, 133],
};
/** SEC 1 section 2.3.3: both coordinates follow. */
const UNCOMPRESSED = 0x04;

/**
 * Is the point of an elliptic curve written otherwise than whole? OpenSSL reads that, and writes it again as it was, so
 * that one key would have several fingerprints: it would count several times, and be blocked under one of them only.
 * Go, and with it Fulcio, Rekor and cosign, does not read it.
 * @param spki as OpenSSL writes it
 */
export function isCompressed(spki: Uint8Array, kind: KeyKind): boolean {
  if (kind.type !== 'ecdsa') return false;
  const [size, point] = SIZES[kind.curve];
  return spki.byteLength !== size || spki[size - point] !== UNCOMPRESSED;
}

/**
 * Tells what a public key is, or in a word why it is not one that signatures are checked with.
 * @returns a string for a key of another kind, or one that is too short
 */
export function describeKey(key: KeyObject): KeyKind | string {
  const details = key.asymmetricKeyDetails;
  switch (key.asymmetricKeyType) {
    case 'ec': {
      const curve = CURVES[details?.namedCurve ?? ''];
      if (curve === undefined) return `an elliptic curve other than P-256, P-384 and P-521`;
      return { type: 'ecdsa', ...curve, algorithm: `ECDSA ${curve.curve}` };
    }
    case 'rsa': {
      const bits = details?.modulusLength ?? 0;
      if (bits < MIN_RSA_BITS) return `RSA of ${bits} bits, fewer than ${MIN_RSA_BITS}`;
      if (bits > MAX_RSA_BITS) return `RSA of ${bits} bits, more than ${MAX_RSA_BITS}`;
      // With an exponent of 1 anything is its own signature.
      if ((details?.publicExponent ?? 0n) < 3n) return 'RSA with an exponent below 3';
      return { type: 'rsa', algorithm: `RSA-${bits}` };
    }
    case 'ed25519':
      return { type: 'ed25519', algorithm: 'Ed25519' };
    default:
      return `a key of type ${key.asymmetricKeyType ?? 'unknown'}`;
  }
}
