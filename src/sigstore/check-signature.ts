import { type KeyObject, verify } from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { createPairMemo } from '../base/pair-memo.ts';
import { type Check, fail } from './check.ts';
import { fitsDigest } from './fits-digest.ts';
import type { ReadSignature } from './read-signature.ts';
import type { SignedContent } from './signed-content.ts';
import { describeKey, type HashName } from './signing-key.ts';

/** `needs-bytes`: the digest alone does not tell. `unsupported`: not a key that signatures are checked with. */
type SignatureCheck = 'good' | 'bad' | 'needs-bytes' | 'unsupported';

const known = createPairMemo<ReadSignature, KeyObject, SignatureCheck>();

/**
 * Does a signature fit the key? Computed once for the two.
 *
 * - ECDSA: with the hash of the curve, and with SHA-256, which cosign took for every curve before version 3
 *   (sigstore-go: pkg/verify/signature.go, compatVerifier). RSA: PKCS#1 v1.5 with SHA-256.
 * - Ed25519: over the bytes; in bundles also over their SHA-512 (Ed25519ph), as Rekor v2 needs it. In cosign's legacy
 *   formats no client takes that: cosign 3 makes such signatures and its own verifier refuses them.
 * - Where only a digest is known: ECDSA and RSA by that digest. Ed25519 reads the bytes themselves.
 */
export function checkSignature(signature: ReadSignature, key: KeyObject): SignatureCheck {
  return known(signature, key, () => check(signature, key));
}

/** What to say of a signature that does not fit. */
export function notGood(result: Exclude<SignatureCheck, 'good'>): Check {
  switch (result) {
    case 'bad':
      return fail('signature', 'sigstore.bad_signature', 'the signature does not fit what it signs');
    case 'needs-bytes':
      return fail(
        'signature',
        'sigstore.needs_content',
        'the signature can be checked with the signed bytes only',
      );
    case 'unsupported':
      return fail('signature', 'sigstore.unsupported', 'the key is not one that signatures are checked with');
  }
}

function check({ content, format }: ReadSignature, key: KeyObject): SignatureCheck {
  const kind = describeKey(key);
  if (typeof kind === 'string') return 'unsupported';
  try {
    if (kind.type === 'ed25519') return checkEd25519(content, key, format === 'bundle');
    const hashes: HashName[] =
      kind.type === 'rsa' ? ['sha256'] : [...new Set<HashName>([kind.hash, 'sha256'])];
    let result: SignatureCheck = 'needs-bytes';
    for (const hash of hashes) {
      const digest = content.digest(hash);
      if (digest === undefined) continue;
      const fits =
        content.signed === undefined
          ? fitsDigest(content.signature, digest, hash, key)
          : verify(hash, content.signed, key, content.signature);
      if (fits) return 'good';
      result = 'bad';
    }
    return result;
  } catch {
    // What OpenSSL, BoringSSL and noble throw at is a signature that they cannot read.
    return 'bad';
  }
}

function checkEd25519(content: SignedContent, key: KeyObject, prehashed: boolean): SignatureCheck {
  const { signed, signature } = content;
  if (signed === undefined) return 'needs-bytes';
  if (verify(undefined, signed, key, signature)) return 'good';
  return prehashed && fitsPrehashed(signed, signature, key) ? 'good' : 'bad';
}

// RFC 8032 section 5.1: Ed25519ph, which neither OpenSSL through Node nor BoringSSL offers. `zip215: false` keeps to the
// strict rules of the RFC, as Go does.
function fitsPrehashed(signed: Buffer, signature: Buffer, key: KeyObject): boolean {
  const point = Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
  return ed25519ph.verify(signature, signed, point, { zip215: false });
}
