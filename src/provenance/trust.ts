import type { Judgement } from './judge-signature.ts';
import type { UnsafeCrypto } from './openpgp-rules.ts';
import type { Keyring } from './read-keyring.ts';

/** A trust entry for PGP: whose signatures count, and what is asked of them. */
export interface PgpTrust {
  scheme: 'pgp';
  name: string;
  keyring: Keyring;
  /** Must the key be valid when it signed, or today as well? */
  expiry: 'at-signing' | 'now';
  unsafeAllow: UnsafeCrypto[];
}

/** How one signature fares with the keys of one trust; `judgement` is missing when none of them can have made it. */
export interface TrustJudgement {
  trust: PgpTrust;
  judgement?: Judgement;
}
