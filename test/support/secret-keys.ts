import {
  type Config,
  config,
  generateKey,
  type KeyOptions,
  type PrivateKey,
  readPrivateKey,
  SignaturePacket,
} from 'openpgp';
import { NOW } from './signing.ts';

/** Secret keys of all kinds for the tests of signing. */

export const MADE = new Date('2026-01-01T00:00:00Z');

/** A NIST P-256 key unless told otherwise, made on 2026-01-01. */
export async function secretKey(options: Partial<KeyOptions> = {}): Promise<PrivateKey> {
  const { privateKey } = await generateKey({
    ...({ type: 'ecc', curve: 'nistP256' } as const),
    userIDs: [{ name: 'Test Signer', email: 'test@example.com' }],
    date: MADE,
    subkeys: [],
    ...options,
    format: 'object',
  });
  return privateKey;
}

/** The key with a self-signature that lets it certify only. */
export async function certifyOnly(key: PrivateKey): Promise<PrivateKey> {
  const user = key.users[0]!;
  const old = user.selfCertifications[0]!;
  const signature = new SignaturePacket();
  signature.signatureType = old.signatureType;
  signature.publicKeyAlgorithm = old.publicKeyAlgorithm;
  signature.hashAlgorithm = old.hashAlgorithm;
  signature.isPrimaryUserID = true;
  signature.keyFlags = Uint8Array.of(1);
  const data = { userID: user.userID, key: key.keyPacket };
  const sign = signature.sign as unknown as (
    key: unknown,
    data: object,
    date: Date,
    detached: boolean,
    rules: Config,
  ) => Promise<void>;
  await sign.call(signature, key.keyPacket, data, MADE, false, config);
  user.selfCertifications = [signature];
  return readPrivateKey({ binaryKey: key.write() });
}

/** The key without the secret half of its primary key, as gpg --export-secret-subkeys writes it. */
export async function withoutPrimarySecret(key: PrivateKey): Promise<PrivateKey> {
  (key.keyPacket as unknown as { makeDummy(): void }).makeDummy();
  return readPrivateKey({ binaryKey: key.write() });
}

export const at = NOW;
