import { Buffer } from 'node:buffer';
import { constants, type KeyObject, publicDecrypt } from 'node:crypto';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { describeKey, type HashName } from './signing-key.ts';

/**
 * Is this a signature of what has this digest? ECDSA as DER, RSA as PKCS #1 v1.5; Ed25519 reads the bytes themselves.
 * @throws what the libraries throw at signatures that they cannot read
 */
export function fitsDigest(signature: Buffer, digest: Buffer, hash: HashName, key: KeyObject): boolean {
  const kind = describeKey(key);
  if (typeof kind === 'string' || kind.type === 'ed25519') return false;
  if (kind.type === 'rsa') {
    // The padding is checked by the library, and what it leaves must be the whole DigestInfo (RFC 8017 section 9.2).
    const padding = constants.RSA_PKCS1_PADDING;
    return publicDecrypt({ key, padding }, signature).equals(Buffer.concat([DIGEST_INFO[hash], digest]));
  }
  const { x, y } = key.export({ format: 'jwk' });
  const point = Buffer.concat([
    Buffer.from([4]),
    Buffer.from(x ?? '', 'base64url'),
    Buffer.from(y ?? '', 'base64url'),
  ]);
  const curve = { 'P-256': p256, 'P-384': p384, 'P-521': p521 }[kind.curve];
  return curve.verify(signature, digest, point, { prehash: false, format: 'der', lowS: false });
}

// RFC 8017 section 9.2, note 1.
const DIGEST_INFO: Readonly<Record<HashName, Buffer>> = {
  sha256: Buffer.from('3031300d060960864801650304020105000420', 'hex'),
  sha384: Buffer.from('3041300d060960864801650304020205000430', 'hex'),
  sha512: Buffer.from('3051300d060960864801650304020305000440', 'hex'),
};
