import type { KeyType } from '../provenance/index.ts';

/** The options of `chartseal keys generate` as commander gives them. */
export interface KeysGenerateOptions {
  /** A key of cosign instead of one of PGP. */
  cosign?: boolean;
  /** PGP; required there. */
  userId?: string;
  type?: KeyType;
  /** YYYY-MM-DD, the last day. */
  expires?: string;
  passphraseFile?: string;
  /** What the names of the files begin with. Default: release, or cosign. */
  out?: string;
  vault?: string;
  vaultKey?: string;
  format: string;
}
