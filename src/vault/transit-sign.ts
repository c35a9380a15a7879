import { ChartsealError } from '../base/error.ts';
import { fromBase64 } from './from-base64.ts';
import { field, type VaultClient } from './vault-client.ts';

/** Hashes by the names that WebCrypto and node:crypto have in common with Vault, but for the `sha2-` before them. */
type TransitHash = 'sha256' | 'sha384' | 'sha512';

/** One digest to be signed. */
interface TransitInput {
  digest: Uint8Array;
  /** What the digest was made with. */
  hash: TransitHash;
  signal?: AbortSignal | undefined;
}

/**
 * Has a digest signed by a key of the transit engine (transit/sign/KEY/sha2-…, prehashed). The token's policy needs
 * `update` on that path.
 * @param keyVersion the newest when undefined
 * @returns RSASSA-PKCS1-v1_5 as long as the modulus, or ECDSA as the DER of RFC 3279; not verified here
 * @throws ChartsealError sign.signer_unavailable (retryable), sign.signer_refused
 */
export async function transitSign(
  client: VaultClient,
  key: string,
  keyVersion: number | undefined,
  { digest, hash, signal }: TransitInput,
): Promise<Uint8Array> {
  const data = await client.post(
    `sign/${key}/${hash.replace('sha', 'sha2-')}`,
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
  if (match === null) {
    throw new ChartsealError(
      'sign.signer_refused',
      'Vault answered without a signature in the form vault:vN:BASE64',
    );
  }
  return fromBase64(match[1]!);
}
