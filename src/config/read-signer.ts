import type { PgpSigner } from '../provenance/index.ts';

/** Where a signing key is, with everything read that is needed to use it. */
export type SignerSource =
  | { kind: 'secret'; armored: string; passphrase?: string; unsafeAllow: readonly 'ed25519'[] }
  | {
      kind: 'vault';
      /** URL without a slash at its end; https, or http to this machine itself. */
      address: string;
      /** Of the transit engine. */
      key: string;
      token: string;
      /** Bytes of the certificate. */
      publicKey: Uint8Array;
      mount?: string;
      namespace?: string;
      keyVersion?: number;
      unsafeAllow: readonly 'ed25519'[];
    };

/**
 * Makes a signer of a key. It comes from outside, so that reading a configuration loads no signing code where nothing is
 * signed.
 * @throws ChartsealError for a key that must not be used; its message is shown, that of any other error is not
 */
export type ReadSigner = (source: SignerSource) => Promise<PgpSigner>;
