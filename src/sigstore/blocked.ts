import { globToMatcher } from '../base/glob.ts';
import { clean } from '../base/text.ts';
import { type Check, fail } from './check.ts';

/** Signers whose signatures never hold, whoever trusts them. */
export interface Blocked {
  /** Hex of SHA-256 over the SubjectPublicKeyInfo, in any case; blanks and colons are passed over. */
  blockedSigners: readonly string[];
  /** Globs. */
  blockedIdentities: readonly { issuer: string; subject: string }[];
}

/** @param fingerprint upper-case hex */
export function blockedKey(fingerprint: string, { blockedSigners }: Blocked): Check[] {
  const isBlocked = blockedSigners.some((each) => each.replace(/[\s:]+/g, '').toUpperCase() === fingerprint);
  return isBlocked ? [fail('blocked', 'sigstore.signer_blocked', `the key ${fingerprint} is blocked`)] : [];
}

/** @returns a failed check for an identity that is blocked by one of the globs; empty otherwise */
export function blockedIdentity(issuer: string, subject: string, { blockedIdentities }: Blocked): Check[] {
  const isBlocked = blockedIdentities.some(
    (each) => globToMatcher(each.issuer)(issuer) && globToMatcher(each.subject)(subject),
  );
  const message = `the signer ${clean(subject)} is blocked`;
  return isBlocked ? [fail('blocked', 'sigstore.signer_blocked', message)] : [];
}
