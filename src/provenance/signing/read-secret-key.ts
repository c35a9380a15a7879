import { type Config, config, enums, type PrivateKey, readPrivateKeys, SignaturePacket } from 'openpgp';
import { chooseSigningPart, type KeyPart } from './choose-signing-part.ts';
import { makeSigner, type SignText, trySigner } from './make-signer.ts';
import type { PgpSigner, SignerOptions } from './signer.ts';
import { unusable } from './unusable.ts';

/** Options of `readSecretKey`. */
interface SecretKeyOptions extends SignerOptions {
  /** Opens the secret half, where it is protected. A line end after it does not count. */
  passphrase?: string | undefined;
}

/** Largest armored secret key that is read, in characters. An RSA-4096 key with a subkey has 7,000. */
const MAX_SECRET_KEY = 64 * 1024;

/** What is used here of openpgp.js' packets of secret keys, which have more than their types say. */
interface SecretPacket {
  isDecrypted(): boolean;
  isMissingSecretKeyMaterial(): boolean;
  decrypt(passphrase: string): Promise<void>;
}

// A notation of random bytes makes signatures of the same text differ. It protects from faults while computing and
// from chosen collisions of the hash, which SHA-512 does not have; without it a second signature is the same.
const RULES: Config = { ...config, nonDeterministicSignaturesViaNotation: false };

/**
 * Takes an armored OpenPGP secret key into use. The secret half stays inside; no message ever holds a part of the key or
 * of the passphrase.
 * @throws ChartsealError sign.key_unusable: not one armored secret key, wrong passphrase, or a key that cannot make
 * signatures that Helm accepts (certify-only, expired, revoked, RSA below 3072 bits, DSA, Ed25519, …), with the reason
 */
export async function readSecretKey(armored: string, options: SecretKeyOptions): Promise<PgpSigner> {
  const key = await parse(armored);
  const part = await chooseSigningPart(key, options.at, hasSecret);
  // Whether the halves belong together shows in the trial.
  await open(secretPacket(part), options.passphrase);
  const signer = await makeSigner(key, part, signWith(part), options);
  await trySigner(signer, options.at);
  return signer;
}

async function parse(armored: string): Promise<PrivateKey> {
  if (armored.length > MAX_SECRET_KEY) throw unusable('the secret is longer than any OpenPGP key');
  if (!armored.includes('-----BEGIN PGP PRIVATE KEY BLOCK-----')) {
    const isCosign = /-----BEGIN ENCRYPTED (SIGSTORE|COSIGN) PRIVATE KEY-----/.test(armored);
    const isPublic = armored.includes('-----BEGIN PGP PUBLIC KEY BLOCK-----');
    throw unusable(`the secret is ${isPublic ? 'a public key' : 'no armored OpenPGP secret key'}`, {
      help: isCosign
        ? 'It is a key of cosign: chartseal sign --cosign-key FILE, "sigstore" in a signing entry.'
        : 'Export the secret half: gpg --armor --export-secret-keys FINGERPRINT.',
    });
  }
  if (armored.split('-----BEGIN PGP PRIVATE KEY BLOCK-----').length > 2) throw several();
  let keys: PrivateKey[];
  try {
    // What openpgp.js says of a damaged key might quote it.
    keys = await readPrivateKeys({ armoredKeys: armored.trim() });
  } catch {
    throw unusable('the secret is damaged, or not an OpenPGP secret key that can be read', {
      help: 'Set it again, whole and with its line ends: gpg --armor --export-secret-keys FINGERPRINT.',
    });
  }
  const [key, ...more] = keys;
  if (key === undefined) throw unusable('the secret holds no OpenPGP secret key that can be read');
  if (more.length > 0) throw several();
  return key;
}

function several(): Error {
  return unusable('the secret holds more than one key', {
    help: 'Export one: gpg --armor --export-secret-keys FINGERPRINT.',
  });
}

async function open(packet: SecretPacket, passphrase: string | undefined): Promise<void> {
  if (packet.isDecrypted()) return;
  if (passphrase === undefined || passphrase === '') {
    throw unusable('the key is protected by a passphrase, and none was given', {
      help: 'Name the secret that holds it: passphrase.',
    });
  }
  // Secrets that come from files end with a line end; Helm reads the first line of a passphrase file.
  const candidates = new Set([passphrase, passphrase.replace(/\r?\n$/, '')]);
  for (const candidate of candidates) {
    try {
      await packet.decrypt(candidate);
      return;
    } catch {
      // The next one; what openpgp.js says of a wrong passphrase is not better than what is said here.
    }
  }
  throw unusable('the passphrase does not open the key', {
    help: 'Check the secret that holds it, and that it is of this key.',
  });
}

function signWith(part: KeyPart): SignText {
  const packet = part.keyPacket;
  return async ({ signed }, at) => {
    const signature = new SignaturePacket();
    signature.signatureType = enums.signature.text;
    signature.publicKeyAlgorithm = packet.algorithm;
    signature.hashAlgorithm = enums.hash.sha512;
    // As much of LiteralDataPacket as SignaturePacket.toSign looks at.
    const data = { text: null, getBytes: () => signed };
    const sign = signature.sign as unknown as Sign;
    try {
      await sign.call(signature, packet, data, new Date(at), true, RULES);
    } catch {
      throw unusable(
        'the key does not sign; its secret half may be damaged or belong to another public half',
      );
    }
    return signature.write();
  };
}

/** The declaration of `SignaturePacket.sign` lacks its last parameter. */
type Sign = (key: unknown, data: object, date: Date, detached: boolean, config: Config) => Promise<void>;

function hasSecret(part: KeyPart): boolean {
  return !secretPacket(part).isMissingSecretKeyMaterial();
}

function secretPacket(part: KeyPart): SecretPacket {
  return part.keyPacket as unknown as SecretPacket;
}
