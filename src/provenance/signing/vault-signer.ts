import { readTransitKey, transitSign, type VaultKeyOptions, vaultClient } from '../../vault/index.ts';
import { externalSigner } from './external-signer.ts';
import { type Certificate, makeCertificate } from './make-certificate.ts';
import type { PgpSigner, SignerOptions } from './signer.ts';
import { unusable } from './unusable.ts';

/** Options of `vaultSigner`. */
export interface VaultSignerOptions extends VaultKeyOptions, SignerOptions {
  /** The certificate of the key (`makeVaultCertificate` makes it), armored or binary. */
  publicKey: Uint8Array;
}

/** Options of `makeVaultCertificate`. */
interface VaultCertificateOptions extends VaultKeyOptions {
  /** `Name <mail@example.com>`; cleaned. */
  userId: string;
  /** Now, milliseconds since the epoch. */
  at: number;
  /** Milliseconds since the epoch; never when absent. */
  expiresAt?: number | undefined;
}

/**
 * A signer whose key is in the transit engine of HashiCorp Vault or OpenBao and never leaves it: Vault signs a digest
 * (transit/sign/KEY/sha2-512, prehashed). Vault is first asked when something is signed, not here. The token's policy
 * needs `update` on transit/sign/KEY/sha2-512.
 * @throws ChartsealError sign.key_unusable with the reason, keyring.invalid, keyring.empty; from clearsign also
 * sign.signer_unavailable (retryable) and sign.signer_refused
 */
export async function vaultSigner(options: VaultSignerOptions): Promise<PgpSigner> {
  const { publicKey, at, helm, key, keyVersion } = options;
  const client = vaultClient(options);
  return externalSigner({
    publicKey,
    at,
    helm,
    sign: (input) => transitSign(client, key, keyVersion, input),
  });
}

/**
 * Makes the OpenPGP certificate of a transit key (rsa-3072, rsa-4096, ecdsa-p256 or ecdsa-p384): Vault signs the binding
 * of the user id. The time of creation is Vault's, so that making it again gives the same fingerprint. The token's
 * policy needs `read` on transit/keys/KEY as well.
 * @returns the certificate and the version of the key it is for
 * @throws ChartsealError sign.key_unusable, sign.signer_unavailable, sign.signer_refused, usage.invalid
 */
export async function makeVaultCertificate(
  options: VaultCertificateOptions,
): Promise<Certificate & { keyVersion: number }> {
  const client = vaultClient(options);
  const { key, userId, at, expiresAt } = options;
  const { keyVersion, spki, created } = await readTransitKey(client, key, {
    version: options.keyVersion,
    types: ['rsa-3072', 'rsa-4096', 'ecdsa-p256', 'ecdsa-p384'],
    unusable,
    help: 'Use rsa-4096 (or rsa-3072, ecdsa-p256, ecdsa-p384), which every Helm verifies.',
  });
  const certificate = await makeCertificate({
    spki,
    created,
    userId,
    at,
    expiresAt,
    sign: (input) => transitSign(client, key, keyVersion, input),
  });
  return { ...certificate, keyVersion };
}
