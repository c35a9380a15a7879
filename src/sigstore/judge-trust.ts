import type { ChartsealError } from '../base/error.ts';
import type { Blocked } from './blocked.ts';
import type { Check } from './check.ts';
import { judgeKey } from './judge-key.ts';
import { judgeKeyless } from './judge-keyless.ts';
import { judgeProofs } from './judge-proofs.ts';
import { judgeStatement } from './judge-statement.ts';
import type { Leaf } from './read-leaf.ts';
import type { ReadSignature } from './read-signature.ts';
import type { Statement } from './read-statement.ts';
import type { SigstoreTrust } from './trust.ts';
import { verifyProofs } from './verify-proofs.ts';

/** A signature in the eyes of one trust entry. */
export interface TrustJudgement {
  trust: SigstoreTrust;
  holds: boolean;
  checks: Check[];
  /** Who signed, once that is proven; another than who is trusted, perhaps. */
  signer: { fingerprint: string } | { leaf: Leaf } | undefined;
  /** The times at which it existed, earliest first. */
  times: readonly Date[];
}

/**
 * Judges a signature by one trust entry: what it speaks of, who made it, and whether its proofs are what the entry asks
 * for. All that is wrong is listed, what weighs most first.
 * @param statement what was signed, or why that cannot be read; undefined: bytes by themselves, which were compared
 *   already with what must have been signed
 * @param digest `sha256:…` of what the statement must speak of
 */
export function judgeTrust(
  signature: ReadSignature,
  statement: Statement | ChartsealError | undefined,
  trust: SigstoreTrust,
  digest: string,
  blocked: Blocked,
): TrustJudgement {
  const proofs = trust.root && verifyProofs(signature, trust.root);
  const said = statement === undefined ? [] : judgeStatement(statement, trust, digest);
  const { identity } = trust;
  let signer: TrustJudgement['signer'];
  let who: Check[];
  if (identity.kind === 'key') {
    const { checks, isBy } = judgeKey(signature, identity.key, blocked);
    who = checks;
    if (isBy) signer = { fingerprint: identity.key.fingerprint };
  } else {
    const { checks, by } = judgeKeyless(signature, trust, proofs, blocked);
    who = checks;
    if (by !== undefined) signer = { leaf: by };
  }
  const checks = [...said, ...who, ...judgeProofs(signature, trust, proofs)];
  // That nothing failed is not enough: somebody must be proven to have signed.
  const holds = signer !== undefined && !checks.some(({ outcome }) => outcome === 'fail');
  return { trust, holds, checks, signer, times: proofs?.times ?? [] };
}
