import { Buffer } from 'node:buffer';
import { createHash, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { Digest } from '../log/verify-bytes.ts';

/** What Go's libraries take a public key for. */
export interface KeyFacts {
  /** The name in protobuf-specs of how sigstore-go signs with it; undefined for RSA keys of odd sizes. */
  details: string | undefined;
  /** The digest that goes with it. For Ed25519 that of Ed25519ph, the only form that Rekor v2 takes. */
  digest: Digest;
  /** That digest's name in protobuf-specs. */
  digestName: string;
  kind: 'ecdsa' | 'rsa' | 'ed25519';
  /** How DSSE libraries in Go name the key: the fingerprint that ssh-keygen prints. */
  keyId: string;
}

const CURVES = {
  'P-256': { details: 'PKIX_ECDSA_P256_SHA_256', digest: 'sha256', ssh: 'nistp256' },
  'P-384': { details: 'PKIX_ECDSA_P384_SHA_384', digest: 'sha384', ssh: 'nistp384' },
  'P-521': { details: 'PKIX_ECDSA_P521_SHA_512', digest: 'sha512', ssh: 'nistp521' },
} as const;
const NAMES = { sha256: 'SHA2_256', sha384: 'SHA2_384', sha512: 'SHA2_512' } as const;

/**
 * sigstore:pkg/signature/algorithm_registry.go GetDefaultPublicKeyDetails, with Ed25519ph as Rekor entries ask for it;
 * go-securesystemslib:dsse/verify.go SHA256KeyID.
 * @returns undefined for keys that cosign does not load
 */
export function keyFacts(key: KeyObject): KeyFacts | undefined {
  let jwk: JsonWebKey;
  try {
    jwk = key.export({ format: 'jwk' });
  } catch {
    return undefined;
  }
  if (jwk.kty === 'EC' && Object.hasOwn(CURVES, jwk.crv ?? '')) {
    const { details, digest, ssh } = CURVES[jwk.crv as keyof typeof CURVES];
    const point = Buffer.concat([Buffer.of(4), bytes(jwk.x), bytes(jwk.y)]);
    const keyId = fingerprint([`ecdsa-sha2-${ssh}`, ssh, point]);
    return { kind: 'ecdsa', details, digest, digestName: NAMES[digest], keyId };
  }
  if (jwk.kty === 'RSA') {
    const bits = bytes(jwk.n).length * 8;
    const details = [2048, 3072, 4096].includes(bits) ? `PKIX_RSA_PKCS1V15_${bits}_SHA256` : undefined;
    const keyId = fingerprint(['ssh-rsa', mpint(bytes(jwk.e)), mpint(bytes(jwk.n))]);
    return { kind: 'rsa', details, digest: 'sha256', digestName: NAMES.sha256, keyId };
  }
  if (jwk.kty === 'OKP' && jwk.crv === 'Ed25519') {
    const keyId = fingerprint(['ssh-ed25519', bytes(jwk.x)]);
    return { kind: 'ed25519', details: 'PKIX_ED25519_PH', digest: 'sha512', digestName: NAMES.sha512, keyId };
  }
  return undefined;
}

// RFC 4253, section 6.6 and RFC 5656, section 3.1
function fingerprint(parts: (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    hash.update(length).update(part);
  }
  return `SHA256:${hash.digest('base64').replace(/=+$/, '')}`;
}

function mpint(number: Buffer): Buffer {
  return (number[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), number]) : number;
}

function bytes(text: string | undefined): Buffer {
  return Buffer.from(text ?? '', 'base64url');
}
