import { generateKey as generate } from 'openpgp';
import { readSecretKey } from './read-secret-key.ts';
import { unusable } from './unusable.ts';
import { cleanUserId } from './user-id.ts';

/** Kinds of keys that every Helm verifies. */
export type KeyType = 'rsa4096' | 'p256';

/** Options of `generateKey`. */
interface GenerateKeyOptions {
  /** `Name <mail@example.com>`; cleaned. */
  userId: string;
  /** Protects the secret half; without one it is readable to whoever gets hold of it. */
  passphrase?: string | undefined;
  /** Default: rsa4096. */
  type?: KeyType | undefined;
  /** Time of creation, milliseconds since the epoch. */
  at: number;
  /** Milliseconds since the epoch; never when absent. Helm from 3.21.4 on refuses all signatures of an expired key. */
  expiresAt?: number | undefined;
}

/** A new key. `secretArmored` and `revocation` are secrets, the rest is public. */
interface GeneratedKey {
  secretArmored: string;
  /** Size of `secretArmored` in bytes. */
  secretBytes: number;
  publicArmored: string;
  /** For Helm's `--keyring`. */
  publicBinary: Uint8Array;
  /** Armored. Whoever publishes it takes the key back; to be kept apart from it. */
  revocation: string;
  /** Upper-case hex. */
  fingerprint: string;
  keyId: string;
  /** As it stands in the key. */
  userId: string;
}

/**
 * Makes a key for signing charts: a primary key that certifies and signs, without subkeys, as Helm itself signs with
 * primary keys only. The secret half of RSA-4096 has about 3,600 bytes armored, that of P-256 about 700, with or without
 * passphrase: each fits one Worker secret of 5 KB.
 * @throws ChartsealError usage.invalid (user id), sign.key_unusable (expiry not after `at`)
 */
export async function generateKey(options: GenerateKeyOptions): Promise<GeneratedKey> {
  const { at, expiresAt, passphrase } = options;
  const userId = cleanUserId(options.userId);
  const lifetime = lifetimeOf(at, expiresAt);
  const { privateKey, publicKey, revocationCertificate } = await generate({
    ...(options.type === 'p256' ? { type: 'ecc', curve: 'nistP256' } : { type: 'rsa', rsaBits: 4096 }),
    userIDs: [
      { ...(userId.name ? { name: userId.name } : {}), ...(userId.email ? { email: userId.email } : {}) },
    ],
    ...(passphrase === undefined || passphrase === '' ? {} : { passphrase }),
    date: new Date(at),
    keyExpirationTime: lifetime,
    subkeys: [],
    format: 'object',
  });
  const secretArmored = lf(privateKey.armor());
  // What was made must be what would be taken.
  const signer = await readSecretKey(secretArmored, { at, passphrase });
  return {
    secretArmored,
    secretBytes: new TextEncoder().encode(secretArmored).length,
    publicArmored: lf(publicKey.armor()),
    publicBinary: signer.publicBinary,
    revocation: lf(revocationCertificate),
    fingerprint: signer.fingerprint,
    keyId: signer.keyId,
    userId: signer.userIds[0] ?? userId.id,
  };
}

/** Seconds from creation to expiry, as keys hold it; 0 for a key that does not expire. */
export function lifetimeOf(created: number, expiresAt: number | undefined): number {
  if (expiresAt === undefined) return 0;
  const seconds = Math.floor(expiresAt / 1000) - Math.floor(created / 1000);
  if (!Number.isFinite(seconds) || seconds <= 0 || seconds > 0xffffffff) {
    throw unusable('the expiry of the key is not between its creation and the 136 years after it');
  }
  return seconds;
}

function lf(armored: string): string {
  return armored.replaceAll('\r\n', '\n');
}
