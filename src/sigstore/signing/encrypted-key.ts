import { Buffer } from 'node:buffer';
import { randomBytes, scrypt } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { unusableKey } from './unusable-key.ts';

/**
 * The parameters that cosign writes and reads: legacy, standard, OWASP (go-securesystemslib:encrypted/encrypted.go). Any
 * others are refused, as there: the file says how much memory is taken (128 · N · r bytes, 128 MiB for the last).
 */
const SCRYPT = [32_768, 65_536, 131_072].map((N) => ({ N, r: 8, p: 1 }));
const STANDARD = { N: 65_536, r: 8, p: 1 };
const MAX_CIPHERTEXT = 32 * 1024;

/**
 * Opens what stands in an `ENCRYPTED SIGSTORE PRIVATE KEY`: JSON with a key made by scrypt and a secretbox of NaCl.
 * @returns PKCS#8, DER; to be wiped by the one who asked. undefined when the passphrase does not open it
 * @throws ChartsealError sign.cosign_key_unusable when it is something else
 */
export async function openEncrypted(json: Uint8Array, passphrase: string): Promise<Uint8Array | undefined> {
  const { params, salt, nonce, ciphertext } = parse(json);
  const key = await derive(passphrase, salt, params);
  try {
    return xsalsa20poly1305(key, nonce).decrypt(ciphertext);
  } catch {
    return undefined;
  } finally {
    key.fill(0);
  }
}

/** Encrypts PKCS#8 as `cosign generate-key-pair` does: what `openEncrypted` opens. */
export async function encrypt(pkcs8: Uint8Array, passphrase: string): Promise<Uint8Array> {
  const salt = randomBytes(32);
  const nonce = randomBytes(24);
  const key = await derive(passphrase, salt, STANDARD);
  const ciphertext = xsalsa20poly1305(key, nonce).encrypt(pkcs8);
  key.fill(0);
  return new TextEncoder().encode(
    JSON.stringify({
      kdf: { name: 'scrypt', params: STANDARD, salt: salt.toString('base64') },
      cipher: { name: 'nacl/secretbox', nonce: nonce.toString('base64') },
      ciphertext: Buffer.from(ciphertext).toString('base64'),
    }),
  );
}

interface Sealed {
  params: (typeof SCRYPT)[number];
  salt: Uint8Array;
  nonce: Uint8Array;
  ciphertext: Uint8Array;
}

function parse(json: Uint8Array): Sealed {
  let text: Text;
  try {
    text = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json)) as Text;
  } catch {
    // What JSON.parse says may quote the file.
    throw unusableKey('the encrypted key is damaged', {
      help: 'Set it again, whole: cosign.key is one PEM block.',
    });
  }
  const { kdf, cipher, ciphertext: sealed } = text ?? {};
  if (kdf?.name !== 'scrypt' || cipher?.name !== 'nacl/secretbox') {
    throw unusableKey('the key is encrypted in another way than cosign does');
  }
  const given = kdf.params;
  const params = SCRYPT.find(({ N, r, p }) => given?.N === N && given.r === r && given.p === p);
  if (params === undefined) {
    throw unusableKey('the key asks for scrypt parameters that cosign does not use', {
      help: 'Encrypt it again: cosign import-key-pair.',
    });
  }
  const salt = decode(kdf.salt, 1, 1024);
  const nonce = decode(cipher.nonce, 24, 24);
  const ciphertext = decode(sealed, 17, MAX_CIPHERTEXT);
  return { params, salt, nonce, ciphertext };
}

type Text = {
  kdf?: { name?: unknown; params?: { N?: unknown; r?: unknown; p?: unknown } | null; salt?: unknown } | null;
  cipher?: { name?: unknown; nonce?: unknown } | null;
  ciphertext?: unknown;
} | null;

function decode(text: unknown, least: number, most: number): Uint8Array {
  const bytes =
    typeof text === 'string' && text.length <= most * 2 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
      ? new Uint8Array(Buffer.from(text, 'base64'))
      : new Uint8Array();
  if (bytes.length < least || bytes.length > most) throw unusableKey('the encrypted key is damaged');
  return bytes;
}

function derive(passphrase: string, salt: Uint8Array, o: (typeof SCRYPT)[number]): Promise<Uint8Array> {
  const maxmem = 128 * o.N * o.r + 1024 * 1024;
  return new Promise((resolve, reject) => {
    scrypt(new TextEncoder().encode(passphrase), salt, 32, { ...o, maxmem }, (error, key) => {
      if (error === null) resolve(new Uint8Array(key));
      else reject(unusableKey('there is not enough memory to open the encrypted key'));
    });
  });
}
