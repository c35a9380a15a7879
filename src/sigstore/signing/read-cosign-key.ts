import { createPrivateKey } from 'node:crypto';
import { type PemBlock, readPem } from '../../base/read-pem.ts';
import { clean } from '../../base/text.ts';
import { openEncrypted } from './encrypted-key.ts';
import { localKey } from './local-key.ts';
import type { SigningKey } from './signing-key.ts';
import { unusableKey } from './unusable-key.ts';

/** Longest text that is taken for a private key, in characters. RSA-4096, encrypted, has some 5,000. */
const MAX_COSIGN_KEY = 32 * 1024;

/**
 * Reads a private key as cosign takes it: `ENCRYPTED SIGSTORE PRIVATE KEY` and the older `ENCRYPTED COSIGN PRIVATE KEY`
 * (cosign generate-key-pair, import-key-pair), or plain PKCS#8 (`PRIVATE KEY`), SEC 1 (`EC PRIVATE KEY`) and PKCS#1 (`RSA
 * PRIVATE KEY`), all as PEM.
 * ECDSA on P-256, P-384 or P-521, RSA with 2048, 3072 or 4096 bits, Ed25519.
 * @param o.passphrase of an encrypted key. cosign encrypts with an empty one too, so that is tried when none is given
 * @throws ChartsealError sign.cosign_key_unusable with the reason; no part of the key or the passphrase is in it
 */
export async function readCosignKey(
  text: string,
  o: { passphrase?: string | undefined } = {},
): Promise<SigningKey> {
  const block = chooseBlock(text);
  const type = PLAIN.get(block.label);
  if (type !== undefined) return fromDer(block.der, type);
  const { passphrase = '' } = o;
  // Secrets that come from files end with a line end.
  for (const candidate of new Set([passphrase, passphrase.replace(/\r?\n$/, '')])) {
    const pkcs8 = await openEncrypted(block.der, candidate);
    if (pkcs8 === undefined) continue;
    try {
      return fromDer(pkcs8, 'pkcs8');
    } finally {
      pkcs8.fill(0);
    }
  }
  if (passphrase === '') {
    throw unusableKey('the key is protected by a passphrase, and none was given', {
      help: 'Name the secret that holds it: passphrase (COSIGN_PASSWORD on the command line).',
    });
  }
  throw unusableKey('the passphrase does not open the key', {
    help: 'Check the secret that holds it, and that it is of this key.',
  });
}

function chooseBlock(text: string): PemBlock {
  if (text.length > MAX_COSIGN_KEY) throw unusableKey('the secret is longer than any key that cosign takes');
  if (text.includes('-----BEGIN PGP ')) {
    throw unusableKey('the secret is a key of PGP', {
      help: 'It signs with chartseal sign --key FILE, or as "pgp" in a signing entry.',
    });
  }
  const blocks = readPem(text)?.filter(({ label }) => label !== 'EC PARAMETERS');
  const [block, ...more] = blocks ?? [];
  if (block === undefined) {
    throw unusableKey('the secret is no PEM file, or a damaged one', {
      help: 'Set it again, whole, as the file is: -----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY----- …',
    });
  }
  if (more.length > 0) throw unusableKey('the secret holds more than one PEM block');
  if (PLAIN.has(block.label) || ENCRYPTED.has(block.label)) return block;
  const help =
    block.label === 'ENCRYPTED PRIVATE KEY'
      ? 'Encrypt it as cosign does: decrypt it with openssl pkey, then cosign import-key-pair.'
      : 'Give the private half: cosign.key.';
  throw unusableKey(`the secret is a PEM block of the kind "${clean(block.label, 60)}"`, { help });
}

const ENCRYPTED = new Set(['ENCRYPTED SIGSTORE PRIVATE KEY', 'ENCRYPTED COSIGN PRIVATE KEY']);
const PLAIN = new Map<string, 'pkcs8' | 'sec1' | 'pkcs1'>([
  ['PRIVATE KEY', 'pkcs8'],
  ['EC PRIVATE KEY', 'sec1'],
  ['RSA PRIVATE KEY', 'pkcs1'],
]);

function fromDer(der: Uint8Array, type: 'pkcs8' | 'sec1' | 'pkcs1'): SigningKey {
  let secret: ReturnType<typeof createPrivateKey>;
  try {
    secret = createPrivateKey({ key: der as Buffer, format: 'der', type });
  } catch {
    throw unusableKey('the key is damaged, or of a kind that is not known here');
  }
  return localKey(secret);
}
