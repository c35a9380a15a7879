import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { readPem } from '../../base/read-pem.ts';
import { clean } from '../../base/text.ts';
import { writePem } from '../../base/write-pem.ts';
import { readTransitKey, transitSign, type VaultKeyOptions, vaultClient } from '../../vault/index.ts';
import { publicHalf } from './public-half.ts';
import { type SigningKey, signingKey } from './signing-key.ts';
import { unusableKey } from './unusable-key.ts';

/** Types of transit keys that sign as sigstore does. */
const TYPES = ['ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'rsa-2048', 'rsa-3072', 'rsa-4096'];

/**
 * A key in the transit engine of HashiCorp Vault or OpenBao, which never leaves it: Vault signs a digest. It is first asked
 * when something is signed, not here. The token's policy needs `update` on transit/sign/KEY/sha2-256 (or -384, -512).
 * @param options.publicKey the public half, PEM (`vaultPublicKey` gives it, or `cosign public-key --key hashivault://KEY`)
 * @throws ChartsealError sign.cosign_key_unusable, sign.key_unusable (address, token and names of the vault)
 */
export function vaultCosignKey(options: VaultKeyOptions & { publicKey: Uint8Array }): SigningKey {
  const client = vaultClient(options);
  const publicKey = readPublicKey(options.publicKey);
  if (publicKey.asymmetricKeyType === 'ed25519') {
    throw unusableKey('the key in Vault is Ed25519, which signs no digests', {
      help: 'Use a transit key of the type ecdsa-p256.',
    });
  }
  return signingKey(publicKey, (bytes, algorithm, signal) => {
    const hash = algorithm.hash ?? 'sha256';
    const digest = new Uint8Array(createHash(hash).update(bytes).digest());
    return transitSign(client, options.key, options.keyVersion, { digest, hash, signal });
  });
}

/**
 * Asks Vault for the public half of a transit key. The token's policy needs `read` on transit/keys/KEY.
 * @returns PEM, as cosign.pub is, the version of the key that it is of, and its fingerprint
 * @throws ChartsealError sign.cosign_key_unusable, sign.key_unusable, sign.signer_unavailable (retryable),
 *   sign.signer_refused
 */
export async function vaultPublicKey(
  options: VaultKeyOptions,
): Promise<{ publicPem: string; keyVersion: number; fingerprint: string; algorithm: string }> {
  const { spki, keyVersion } = await readTransitKey(vaultClient(options), options.key, {
    version: options.keyVersion,
    types: TYPES,
    unusable: unusableKey,
    help: `Use one of ${TYPES.join(', ')}; best is ecdsa-p256.`,
  });
  const half = publicHalf(fromSpki(spki));
  return {
    publicPem: writePem('PUBLIC KEY', half.spki),
    keyVersion,
    fingerprint: half.fingerprint,
    algorithm: half.algorithm,
  };
}

function readPublicKey(bytes: Uint8Array): KeyObject {
  const text = bytes.byteLength > 16 * 1024 ? '' : new TextDecoder().decode(bytes);
  const [block, ...more] = readPem(text) ?? [];
  if (block === undefined || more.length > 0) throw unusableKey('the public key is not one PEM block');
  if (block.label !== 'PUBLIC KEY') {
    throw unusableKey(`the public key is a PEM block of the kind "${clean(block.label, 60)}"`, {
      help: 'Give a file that begins with -----BEGIN PUBLIC KEY-----.',
    });
  }
  return fromSpki(block.der);
}

function fromSpki(spki: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: spki as Buffer, format: 'der', type: 'spki' });
  } catch {
    throw unusableKey('the public key is damaged, or of a kind that is not known here');
  }
}
