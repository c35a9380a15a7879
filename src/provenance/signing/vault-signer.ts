import { ChartsealError } from '../../base/error.ts';
import { clean } from '../../base/text.ts';
import { externalSigner } from './external-signer.ts';
import { type Certificate, makeCertificate } from './make-certificate.ts';
import type { DigestSign, PgpSigner, SignerOptions } from './signer.ts';
import { unusable } from './unusable.ts';
import { field, type VaultClient, type VaultKeyOptions, vaultClient } from './vault-client.ts';

/** Options of `vaultSigner`. */
export interface VaultSignerOptions extends VaultKeyOptions, SignerOptions {
  /** The certificate of the key (`makeVaultCertificate` makes it), armored or binary. */
  publicKey: Uint8Array;
}

/** Options of `makeVaultCertificate`. */
export interface VaultCertificateOptions extends VaultKeyOptions {
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
  const { publicKey, at, helm, keyVersion } = options;
  return externalSigner({
    publicKey,
    at,
    helm,
    sign: transitSign(vaultClient(options), options.key, keyVersion),
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
  const { keyVersion, spki, created } = await readKey(client, options.key, options.keyVersion);
  const { userId, at, expiresAt } = options;
  const sign = transitSign(client, options.key, keyVersion);
  return { ...(await makeCertificate({ spki, created, userId, at, expiresAt, sign })), keyVersion };
}

function transitSign(client: VaultClient, key: string, keyVersion: number | undefined): DigestSign {
  return async ({ digest, signal }) => {
    const data = await client.post(
      `sign/${key}/sha2-512`,
      {
        input: btoa(String.fromCharCode(...digest)),
        prehashed: true,
        // Each is for one kind of key and not looked at for the other.
        signature_algorithm: 'pkcs1v15',
        marshaling_algorithm: 'asn1',
        ...(keyVersion === undefined ? {} : { key_version: keyVersion }),
      },
      signal,
    );
    const text = field(data, 'signature');
    const match = typeof text === 'string' ? /^vault:v\d+:([A-Za-z0-9+/]+={0,2})$/.exec(text) : null;
    if (match === null) throw refused('Vault answered without a signature in the form vault:vN:BASE64');
    return fromBase64(match[1]!);
  };
}

interface TransitKey {
  keyVersion: number;
  spki: Uint8Array;
  /** Milliseconds since the epoch. */
  created: number;
}

async function readKey(client: VaultClient, name: string, wanted: number | undefined): Promise<TransitKey> {
  const data = await client.get(`keys/${name}`);
  const type = field(data, 'type');
  if (!['rsa-3072', 'rsa-4096', 'ecdsa-p256', 'ecdsa-p384'].includes(String(type))) {
    throw unusable(`the key in Vault is of type "${clean(type, 40)}"`, {
      help: 'Use rsa-4096 (or rsa-3072, ecdsa-p256, ecdsa-p384), which every Helm verifies.',
    });
  }
  const keyVersion = wanted ?? Number(field(data, 'latest_version'));
  const version = field(field(data, 'keys'), String(keyVersion));
  const pem = field(version, 'public_key');
  const created = Date.parse(String(field(version, 'creation_time')));
  const body =
    typeof pem === 'string' ? /-----BEGIN PUBLIC KEY-----([\s\S]+)-----END PUBLIC KEY-----/.exec(pem) : null;
  if (body === null || Number.isNaN(created)) {
    throw refused(`Vault shows no public key of version ${clean(keyVersion, 20)} of the key`);
  }
  return {
    keyVersion,
    spki: fromBase64(body[1]!.replace(/\s+/g, '')),
    created: Math.floor(created / 1000) * 1000,
  };
}

function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    throw refused('Vault answered with damaged base64');
  }
}

function refused(why: string): ChartsealError {
  return new ChartsealError('sign.signer_refused', why);
}
