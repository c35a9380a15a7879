import type { PublicKey } from 'openpgp';

/** A key that signs provenance files, wherever its secret half is. Holds no secret that can be seen from outside. */
export interface PgpSigner {
  /** Upper-case hex, of the primary key: what trust entries and reports know the key by. */
  readonly fingerprint: string;
  /** Upper-case hex, of the primary key. */
  readonly keyId: string;
  /** As the certificate claims them; not cleaned. */
  readonly userIds: readonly string[];
  /** The part that signs: the primary key itself or a subkey. */
  readonly signsWith: SigningPart;
  /** Milliseconds since the epoch after which the signing part is not valid; undefined when it does not expire. */
  readonly expiresAt: number | undefined;
  readonly publicKey: PublicKey;
  /** The public half, armored, lines ended by LF. */
  readonly publicArmored: string;
  /** The public half as Helm's keyrings hold it. */
  readonly publicBinary: Uint8Array;
  /** Can Helm up to 3.21.3 load the key? A key that it cannot may cost its users the whole keyring. */
  readonly helmOld: boolean;
  /**
   * Clear-signs the text of a provenance file.
   * @param text chart metadata, `...` and files map, lines ended by LF
   * @param at the time of the signature, milliseconds since the epoch; kept in whole seconds
   * @returns the provenance file, lines ended by LF, no line end after the last one (as Helm writes it)
   * @throws ChartsealError sign.key_unusable (not valid at that time), sign.signer_unavailable, sign.signer_refused,
   * sign.self_check (the text is none of a provenance, or what was made does not verify)
   */
  clearsign(text: string, at: number, signal?: AbortSignal): Promise<string>;
}

interface SigningPart {
  /** Upper-case hex. */
  fingerprint: string;
  /** Upper-case hex. */
  keyId: string;
  /** For people: `RSA-4096`, `ECDSA nistP256`, … */
  algorithm: string;
  primary: boolean;
}

/**
 * Signs a digest with a key that is somewhere else. Gives the raw signature: RSASSA-PKCS1-v1_5 as long as the modulus,
 * ECDSA as the DER of RFC 3279 (SEQUENCE of r and s).
 */
export type DigestSign = (input: {
  digest: Uint8Array;
  hash: 'sha512';
  signal?: AbortSignal | undefined;
}) => Promise<Uint8Array>;

/** Options of everything that takes a signing key into use. */
export interface SignerOptions {
  /** Now, in milliseconds since the epoch. */
  at: number;
  /**
   * Which Helm must accept the signatures: `every`, or `current`, Helm from 3.21.4 and 4, which alone read Ed25519.
   * Default: every.
   */
  helm?: 'every' | 'current' | undefined;
}
