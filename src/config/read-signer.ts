/** What signs, as `PgpSigner` of src/provenance has it; the configuration hands it on and calls nothing of it. */
export interface ConfiguredSigner {
  /** Upper-case hex, of the primary key. */
  fingerprint: string;
  keyId: string;
  publicArmored: string;
  publicBinary: Uint8Array;
  /** Can Helm up to 3.21.3 load it? */
  helmOld: boolean;
  clearsign(text: string, at: number): Promise<string>;
}

/** Where a signing key is, with everything read that is needed to use it. */
export type SignerSource =
  | { kind: 'secret'; armored: string; passphrase?: string; unsafeAllow: readonly 'ed25519'[] }
  | {
      kind: 'vault';
      /** Origin without a slash at its end. */
      address: string;
      /** Of the transit engine. */
      key: string;
      token: string;
      /** Bytes of the certificate. */
      publicKey: Uint8Array;
      unsafeAllow: readonly 'ed25519'[];
    };

/**
 * Makes a signer of a key. It comes from outside, so that reading a configuration loads no signing code where nothing is
 * signed.
 * @throws ChartsealError for a key that must not be used; its message is shown, that of any other error is not
 */
export type ReadSigner = (source: SignerSource) => Promise<ConfiguredSigner>;
