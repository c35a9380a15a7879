import { Buffer } from 'node:buffer';
import type { ServiceAccess } from './ask-service.ts';
import { ephemeralKey } from './ephemeral-key.ts';
import { readIdentityToken } from './read-identity-token.ts';
import { requestCertificate } from './request-certificate.ts';
import type { SigningKey } from './signing-key.ts';

/** The interface `Signer` of @sigstore/sign, whose bundle builders take such an object. */
interface StockSigner {
  sign(data: Buffer): Promise<{
    signature: Buffer;
    key:
      | { $case: 'x509Certificate'; certificate: string }
      | { $case: 'publicKey'; publicKey: string; hint?: string };
  }>;
}

/**
 * A key for the bundle builders of @sigstore/sign.
 * @throws (when signing) ChartsealError as the key does
 */
export function keyAsStockSigner(key: SigningKey): StockSigner {
  return {
    sign: async (data) => ({
      signature: Buffer.from(await key.sign(data)),
      key: { $case: 'publicKey', publicKey: key.publicPem, hint: key.public.hint },
    }),
  };
}

/**
 * A new key and a certificate for each signature, for the bundle builders of @sigstore/sign.
 * @param o.url base URL of the certificate authority
 * @throws (when signing) ChartsealError sign.identity_token, and as `requestCertificate` does
 */
export function fulcioAsStockSigner(
  access: ServiceAccess,
  o: { url: string; identityToken: string },
): StockSigner {
  return {
    sign: async (data) => {
      const key = ephemeralKey();
      const { subject } = readIdentityToken(o.identityToken);
      const { leafPem } = await requestCertificate(access, { ...o, subject, key });
      return {
        signature: Buffer.from(await key.sign(data)),
        key: { $case: 'x509Certificate', certificate: leafPem },
      };
    },
  };
}
