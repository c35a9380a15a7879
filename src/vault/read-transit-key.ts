import { ChartsealError, type ChartsealErrorOptions } from '../base/error.ts';
import { readPem } from '../base/read-pem.ts';
import { clean } from '../base/text.ts';
import { field, type VaultClient } from './vault-client.ts';

/** The public half of a key of the transit engine. */
interface TransitKey {
  /** As Vault calls it: `rsa-4096`, `ecdsa-p256`, … */
  type: string;
  keyVersion: number;
  /** SubjectPublicKeyInfo, DER; not looked into here. */
  spki: Uint8Array;
  /** Milliseconds since the epoch, in whole seconds. */
  created: number;
}

/** What a caller can use. */
interface TransitKeyOptions {
  /** Version of the key; the newest when undefined. */
  version: number | undefined;
  /** Types that may sign; others are refused with `unusable`. */
  types: readonly string[];
  unusable: (why: string, options?: ChartsealErrorOptions) => Error;
  /** The help when the type is another. */
  help: string;
}

/**
 * Reads the public half of a transit key. The token's policy needs `read` on transit/keys/KEY.
 * @throws ChartsealError sign.signer_unavailable (retryable), sign.signer_refused, and what `unusable` makes
 */
export async function readTransitKey(
  client: VaultClient,
  name: string,
  o: TransitKeyOptions,
): Promise<TransitKey> {
  const data = await client.get(`keys/${name}`);
  const type = String(field(data, 'type'));
  if (!o.types.includes(type)) {
    throw o.unusable(`the key in Vault is of type "${clean(type, 40)}"`, { help: o.help });
  }
  const keyVersion = o.version ?? Number(field(data, 'latest_version'));
  const version = field(field(data, 'keys'), String(keyVersion));
  const pem = field(version, 'public_key');
  const created = Date.parse(String(field(version, 'creation_time')));
  const [block] = (typeof pem === 'string' && readPem(pem)) || [];
  if (block?.label !== 'PUBLIC KEY' || Number.isNaN(created)) {
    throw new ChartsealError(
      'sign.signer_refused',
      `Vault shows no public key of version ${clean(keyVersion, 20)} of the key`,
    );
  }
  return {
    type,
    keyVersion,
    spki: block.der,
    created: Math.floor(created / 1000) * 1000,
  };
}
