import { createPublicKey } from 'node:crypto';
import { ChartsealError, type ChartsealErrorOptions } from '../base/error.ts';
import { toHex } from '../base/hex.ts';
import { readPem } from '../base/read-pem.ts';
import { sha256 } from '../base/sha256.ts';
import { clean } from '../base/text.ts';
import type { SigstoreKey } from './key.ts';
import { MAX_KEY_BYTES } from './limits.ts';
import { parseDer } from './parse-der.ts';
import { describeKey, isCompressed } from './signing-key.ts';

const BEGIN = /-----BEGIN ([A-Z0-9 ]{1,60})-----/g;

/**
 * Reads a public key as `cosign.pub` holds it: one PEM block `PUBLIC KEY`, or the same SubjectPublicKeyInfo as DER.
 * ECDSA P-256, P-384, P-521, RSA of 2048 to 8192 bits and Ed25519 are taken.
 * @throws ChartsealError `sigstore.key_invalid`; the message never shows what the file holds
 */
export async function readSigstoreKey(bytes: Uint8Array): Promise<SigstoreKey> {
  if (bytes.byteLength > MAX_KEY_BYTES) throw invalid(`it is larger than ${MAX_KEY_BYTES} bytes`);
  const der = pemContent(bytes) ?? bytes;
  let key: ReturnType<typeof createPublicKey>;
  try {
    // OpenSSL passes over bytes after the key.
    key = createPublicKey({ key: parseDer(der).toDER(), format: 'der', type: 'spki' });
  } catch (cause) {
    throw invalid('it is no public key (SubjectPublicKeyInfo)', { cause });
  }
  const kind = describeKey(key);
  if (typeof kind === 'string') throw invalid(`it is ${clean(kind)}`);
  // Written anew, so that the same key has the same fingerprint however it was encoded.
  const spki = new Uint8Array(key.export({ format: 'der', type: 'spki' }));
  if (isCompressed(spki, kind)) throw invalid('its point is compressed, which cosign does not read either');
  const digest = await sha256(spki);
  return {
    spki,
    fingerprint: toHex(digest).toUpperCase(),
    hint: Buffer.from(digest).toString('base64'),
    algorithm: kind.algorithm,
    keyObject: key,
  };
}

/** The bytes of the one PEM block; undefined when it is no PEM. */
function pemContent(bytes: Uint8Array): Uint8Array | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  if (!text.includes('-----BEGIN ')) return undefined;
  // By their first lines, as one that is damaged or no PEM (OpenPGP's armor) has its name, too.
  const labels = [...text.matchAll(BEGIN)].map((block) => block[1] ?? '');
  const help = labels.some((label) => label.startsWith('PGP '))
    ? 'A PGP key is given with --keyring FILE, or as "pgp: FILE" under trust: the public half.'
    : 'Give cosign.pub; "cosign public-key --key cosign.key" writes it again.';
  if (labels.some((label) => label.includes('PRIVATE KEY'))) {
    throw invalid('it is a private key; give the public one, and keep this one secret', { help });
  }
  if (labels.includes('CERTIFICATE')) {
    throw invalid('it is a certificate; give the public key, or name issuer and subject');
  }
  if (labels.length !== 1) throw invalid(`it holds ${labels.length} PEM blocks where one is expected`);
  if (labels[0] !== 'PUBLIC KEY')
    throw invalid(`it is a PEM block "${labels[0]}", not "PUBLIC KEY"`, { help });
  const [block] = readPem(text) ?? [];
  if (block === undefined) throw invalid('its PEM block is damaged or not whole');
  return block.der;
}

function invalid(why: string, options?: ChartsealErrorOptions): ChartsealError {
  return new ChartsealError('sigstore.key_invalid', `the public key cannot be used: ${why}`, options);
}
