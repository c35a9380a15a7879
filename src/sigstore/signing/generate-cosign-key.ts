import { generateKeyPairSync } from 'node:crypto';
import { writePem } from '../../base/write-pem.ts';
import type { SigstoreKey } from '../key.ts';
import { encrypt } from './encrypted-key.ts';
import { publicHalf } from './public-half.ts';

/** A new key, as `cosign generate-key-pair` makes it. */
interface GeneratedCosignKey {
  /** The file cosign.key. Secret, and encrypted. */
  privatePem: string;
  /** The file cosign.pub. */
  publicPem: string;
  public: SigstoreKey;
}

/**
 * Makes an ECDSA P-256 key and encrypts its secret half as cosign does, so that either program uses it.
 * @param o.passphrase may be empty, as in cosign: then the file is protected by nothing
 */
export async function generateCosignKey(o: { passphrase: string }): Promise<GeneratedCosignKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pkcs8 = new Uint8Array(privateKey.export({ type: 'pkcs8', format: 'der' }));
  const half = publicHalf(publicKey);
  try {
    return {
      privatePem: writePem('ENCRYPTED SIGSTORE PRIVATE KEY', await encrypt(pkcs8, o.passphrase)),
      publicPem: writePem('PUBLIC KEY', half.spki),
      public: half,
    };
  } finally {
    pkcs8.fill(0);
  }
}
