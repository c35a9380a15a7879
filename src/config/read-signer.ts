import type { PgpSigner } from '../provenance/index.ts';
import type { SigstoreSigner } from '../sigstore/index.ts';

/** A key in the transit engine of a Vault. */
export interface VaultSource {
  kind: 'vault';
  /** URL without a slash at its end; https, or http to this machine itself. */
  address: string;
  /** Of the transit engine. */
  key: string;
  token: string;
  /** Bytes of the file with its public half: a certificate for PGP, PEM for sigstore. */
  publicKey: Uint8Array;
  mount?: string;
  namespace?: string;
  keyVersion?: number;
}

/** Where a PGP key that signs is, with everything read that is needed to use it. */
export type SignerSource = ({ kind: 'secret'; armored: string; passphrase?: string } | VaultSource) & {
  unsafeAllow: readonly 'ed25519'[];
};

/** What signs for sigstore. `keyless`: there is no key, whoever asks brings an identity token. */
export type SigstoreKeySource =
  | { kind: 'secret'; pem: string; passphrase?: string }
  | VaultSource
  | { kind: 'keyless' };

/** The same with the services that it uses. */
export type SigstoreSignerSource = SigstoreKeySource & {
  /** Bytes of a signing_config.json; undefined: neither log nor timestamp. */
  signingConfig: Uint8Array | undefined;
};

/**
 * Makes a signer of a key. It comes from outside, so that reading a configuration loads no signing code where nothing is
 * signed.
 * @throws ChartsealError for a key that must not be used; its message is shown, that of any other error is not
 */
export type ReadSigner = (source: SignerSource) => Promise<PgpSigner>;

/** The same for sigstore. Nothing is asked of any service here. */
export type ReadSigstoreSigner = (source: SigstoreSignerSource) => Promise<SigstoreSigner>;
