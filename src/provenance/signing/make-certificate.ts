import { enums } from 'openpgp';
import { concatBytes } from '../../base/concat-bytes.ts';
import { ChartsealError } from '../../base/error.ts';
import { TAG } from '../../base/openpgp/split-packets.ts';
import { type ExternalSignerOptions, externalSigner, rawKey } from './external-signer.ts';
import { lifetimeOf } from './generate-key.ts';
import { publicKeyPacket } from './public-key-packet.ts';
import { readRawSignature } from './read-raw-signature.ts';
import {
  digestFor,
  framePacket,
  type Subpacket,
  uint16,
  uint32,
  writeHead,
  writeSignature,
} from './signature-packet.ts';
import type { DigestSign } from './signer.ts';
import { cleanUserId } from './user-id.ts';

/** Options of `makeCertificate`. */
interface CertificateOptions {
  /** SubjectPublicKeyInfo of the key, DER: RSA from 3072 bits, NIST P-256 or P-384. */
  spki: Uint8Array;
  /**
   * When the key was made, milliseconds since the epoch. It is a part of the fingerprint: to make the certificate again
   * (with another user id or expiry) give the same time.
   */
  created: number;
  /** `Name <mail@example.com>`; cleaned. */
  userId: string;
  /** Now, milliseconds since the epoch. */
  at: number;
  /** Milliseconds since the epoch; never when absent. */
  expiresAt?: number | undefined;
  sign: DigestSign;
}

/** An OpenPGP certificate. Nothing of it is secret. */
export interface Certificate {
  publicArmored: string;
  publicBinary: Uint8Array;
  /** Upper-case hex. */
  fingerprint: string;
  keyId: string;
  userId: string;
}

const CERTIFY_AND_SIGN = 0x03;

/**
 * Makes the OpenPGP certificate of a key whose secret half is elsewhere: a primary key that certifies and signs, one
 * user id, and the self-signature that binds them, asked of the external signer.
 * @throws ChartsealError sign.key_unusable, sign.signer_unavailable, sign.signer_refused (also when the signature is by
 * another key), usage.invalid (user id)
 */
export async function makeCertificate(options: CertificateOptions): Promise<Certificate> {
  const userId = cleanUserId(options.userId).id;
  // Vault and this process may have clocks that differ by a little.
  const created = Math.min(options.created, options.at);
  const lifetime = lifetimeOf(created, options.expiresAt);
  const key = await publicKeyPacket(options.spki, created);
  const id = new TextEncoder().encode(userId);
  const head = writeHead({
    type: enums.signature.certPositive,
    algorithm: key.packet.algorithm,
    at: options.at,
    fingerprint: key.packet.getFingerprint(),
    subpackets: properties(lifetime),
  });
  // RFC 9580, section 5.2.4: the key as 0x99 and two bytes of length, the user id as 0xB4 and four.
  const bound = concatBytes([
    Uint8Array.of(0x99),
    uint16(key.body.length),
    key.body,
    Uint8Array.of(0xb4),
    uint32(id.length),
    id,
  ]);
  const digest = await digestFor(bound, head);
  const raw = await options.sign({ digest, hash: 'sha512' });
  const value = readRawSignature(
    raw,
    rawKey({ keyPacket: key.packet, getAlgorithmInfo: () => key.packet.getAlgorithmInfo() }),
  );
  const binary = concatBytes([
    framePacket(TAG.publicKey, key.body),
    framePacket(TAG.userId, id),
    framePacket(TAG.signature, writeSignature(head, digest, value)),
  ]);
  const signer = await check({ publicKey: binary, sign: options.sign, at: options.at });
  return {
    publicArmored: signer.publicArmored,
    publicBinary: signer.publicBinary,
    fingerprint: signer.fingerprint,
    keyId: signer.keyId,
    userId,
  };
}

/** As a signer will take it; a self-signature by another key makes the key invalid. */
async function check(options: ExternalSignerOptions) {
  try {
    return await externalSigner(options);
  } catch (error) {
    if (!(error instanceof ChartsealError) || !/is not valid: /.test(error.message)) throw error;
    throw new ChartsealError(
      'sign.signer_refused',
      'the external signer signed with another key than the public key it shows',
    );
  }
}

// Subpacket types of RFC 9580, section 5.2.3.7; openpgp.js' types do not name them.
const SUBPACKET = {
  keyExpirationTime: 9,
  preferredSymmetricAlgorithms: 11,
  preferredHashAlgorithms: 21,
  primaryUserId: 25,
  keyFlags: 27,
  features: 30,
} as const;
/** "Version 1 Symmetrically Encrypted and Integrity Protected Data", as all current keys say. */
const SEIPD = 0x01;

/** What the self-signature says of the key, in the order openpgp.js writes it. */
function properties(lifetime: number): Subpacket[] {
  const { hash, symmetric } = enums;
  return [
    ...(lifetime > 0 ? [{ type: SUBPACKET.keyExpirationTime, critical: true, body: uint32(lifetime) }] : []),
    {
      type: SUBPACKET.preferredSymmetricAlgorithms,
      body: Uint8Array.of(symmetric.aes256, symmetric.aes128),
    },
    { type: SUBPACKET.preferredHashAlgorithms, body: Uint8Array.of(hash.sha512, hash.sha256) },
    { type: SUBPACKET.primaryUserId, body: Uint8Array.of(1) },
    { type: SUBPACKET.keyFlags, critical: true, body: Uint8Array.of(CERTIFY_AND_SIGN) },
    { type: SUBPACKET.features, body: Uint8Array.of(SEIPD) },
  ];
}
