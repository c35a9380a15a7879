import { enums, type PublicKey, SignaturePacket } from 'openpgp';
import { ChartsealError } from '../../base/error.ts';
import { ARITHMETIC_ONLY } from '../openpgp-rules.ts';
import { readKeyring } from '../read-keyring.ts';
import { chooseSigningPart, type KeyPart } from './choose-signing-part.ts';
import { makeSigner } from './make-signer.ts';
import { type RawKey, readRawSignature } from './read-raw-signature.ts';
import { digestFor, writeHead, writeSignature } from './signature-packet.ts';
import type { DigestSign, PgpSigner, SignerOptions } from './signer.ts';
import { unusable } from './unusable.ts';

/** Options of `externalSigner`. */
export interface ExternalSignerOptions extends SignerOptions {
  /** The certificate of the key: one public key, armored or binary. */
  publicKey: Uint8Array;
  sign: DigestSign;
}

/**
 * A signer whose secret key is not in this process: something outside signs a SHA-512 digest, and the OpenPGP signature
 * is put together around that. Which part of the certificate signs is chosen as for a secret key.
 * @throws ChartsealError sign.key_unusable with the reason, keyring.invalid, keyring.empty
 */
export async function externalSigner(options: ExternalSignerOptions): Promise<PgpSigner> {
  const { keys } = await readKeyring(options.publicKey);
  if (keys.length > 1)
    throw unusable(`the certificate file of the signer holds ${keys.length} keys, not one`);
  const key = keys[0]!.key;
  const part = await chooseSigningPart(key, options.at);
  const raw = rawKey(part);
  const sign = async ({ signed }: { signed: Uint8Array }, at: number, signal?: AbortSignal) => {
    const head = writeHead({
      type: enums.signature.text,
      algorithm: part.keyPacket.algorithm,
      at,
      fingerprint: part.getFingerprint(),
    });
    const digest = await digestFor(signed, head);
    const value = readRawSignature(await options.sign({ digest, hash: 'sha512', signal }), raw);
    const body = writeSignature(head, digest, value);
    await checkBelongs(body, signed, part);
    return body;
  };
  return makeSigner(key, part, sign, options);
}

/** Sizes of a key; RSA and ECDSA on NIST's curves only. */
export function rawKey(part: Pick<PublicKey, 'keyPacket' | 'getAlgorithmInfo'> | KeyPart): RawKey {
  const { algorithm } = part.keyPacket;
  const { bits, curve } = part.getAlgorithmInfo();
  if (bits !== undefined) return { algorithm, size: Math.ceil(bits / 8) };
  const size = { nistP256: 32, nistP384: 48, nistP521: 66 }[curve as string];
  if (algorithm !== enums.publicKey.ecdsa || size === undefined) {
    throw unusable('an external signer signs with RSA or with ECDSA on NIST P-256 or P-384');
  }
  return { algorithm, size };
}

async function checkBelongs(body: Uint8Array, signed: Uint8Array, part: KeyPart): Promise<void> {
  const packet = new SignaturePacket();
  (packet as unknown as { read(bytes: Uint8Array): void }).read(body);
  const data = { text: null, getBytes: () => signed };
  const anyTime = null as unknown as Date;
  try {
    await packet.verify(part.keyPacket, enums.signature.text, data, anyTime, true, ARITHMETIC_ONLY);
  } catch {
    throw new ChartsealError(
      'sign.signer_refused',
      `the external signer signed with another key than that of the certificate, ${part.getFingerprint().toUpperCase()}`,
      { help: 'Was the key rotated? Name the version the certificate is for, or make a new certificate.' },
    );
  }
}
