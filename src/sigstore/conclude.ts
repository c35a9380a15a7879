import { ChartsealError } from '../base/error.ts';
import type { Evidence, Reason, Signer, TrustOutcome } from '../base/evidence.ts';
import { reason } from '../base/reason.ts';
import { clean } from '../base/text.ts';
import type { Blocked } from './blocked.ts';
import { type Check, fail } from './check.ts';
import { wordsOf } from './failure.ts';
import { judgeTrust, type TrustJudgement } from './judge-trust.ts';
import { malformed, type ReadSignature } from './read-signature.ts';
import type { Statement } from './read-statement.ts';
import type { SigstoreTrust } from './trust.ts';

export interface SignatureResult {
  evidence: Evidence;
  /** One for each trust entry, in their order. */
  outcomes: TrustOutcome[];
}

export interface Question extends Blocked {
  source: Evidence['source'];
  trusts: readonly SigstoreTrust[];
}

// Never cut: who is counted once must not depend on how much of a name is shown.
const MAX_IDENTITY = 1_000_000;

/** What one signature is to each trust entry, and what is stated of it whoever trusts it. Never throws. */
export function conclude(
  signature: ReadSignature,
  statement: Statement | ChartsealError | undefined,
  digest: string,
  question: Question,
): SignatureResult {
  try {
    return judgeAll(signature, statement, digest, question);
  } catch (error) {
    // What a library throws at must not keep a good signature beside this one from being found.
    return concludeUnreadable(malformed(wordsOf(error), error), question);
  }
}

function judgeAll(
  signature: ReadSignature,
  statement: Statement | ChartsealError | undefined,
  digest: string,
  question: Question,
): SignatureResult {
  const judgements = question.trusts.map((trust) =>
    judgeTrust(signature, statement, trust, digest, question),
  );
  const holding = judgements.filter(({ holds }) => holds);
  const proven = holding[0] ?? judgements.find(({ signer }) => signer !== undefined);
  const [time] = proven?.times ?? [];
  return {
    evidence: {
      scheme: 'sigstore',
      source: question.source,
      ...(statement === undefined || statement instanceof ChartsealError
        ? {}
        : { predicateType: clean(statement.predicateType) }),
      ...(proven?.signer === undefined ? {} : { signer: describeSigner(proven.signer) }),
      ...(time === undefined ? {} : { signedAt: time.toISOString() }),
      trustedAs: holding.map(({ trust }) => trust.name),
      checks: mergeChecks(judgements, holding.length > 0),
    },
    outcomes: judgements.map(outcomeOf),
  };
}

/**
 * The result for a signature that cannot be read. Over a limit it was not looked at, so nothing is known of it: that
 * delays a verdict, where there is no other signature, and approves nothing.
 */
export function concludeUnreadable(error: ChartsealError, { source, trusts }: Question): SignatureResult {
  const { code, message, help } = error;
  return {
    evidence: { scheme: 'sigstore', source, trustedAs: [], checks: [fail('format', code, message)] },
    outcomes: trusts.map(({ name }) => ({
      trust: name,
      state: code === 'evidence.limit' ? 'unknown' : 'failed',
      identities: [],
      reasons: [reason(code, message, { trust: name, help })],
      ...(code === 'evidence.limit' ? { retryable: false } : {}),
    })),
  };
}

function outcomeOf({ trust, holds, checks, signer }: TrustJudgement): TrustOutcome {
  if (holds && signer !== undefined) {
    const identity = 'leaf' in signer ? `${signer.leaf.issuer} ${signer.leaf.subject}` : signer.fingerprint;
    return { trust: trust.name, state: 'held', identities: [clean(identity, MAX_IDENTITY)], reasons: [] };
  }
  const reasons = checks.flatMap(({ outcome, code, message }): Reason[] =>
    outcome === 'fail' && code !== undefined ? [reason(code, message, { trust: trust.name })] : [],
  );
  return { trust: trust.name, state: 'failed', identities: [], reasons };
}

function describeSigner(signer: NonNullable<TrustJudgement['signer']>): Signer {
  if (!('leaf' in signer)) return { fingerprint: signer.fingerprint };
  const { issuer, subject, extensions } = signer.leaf;
  return {
    issuer: clean(issuer),
    subject: clean(subject),
    extensions: Object.fromEntries(Object.entries(extensions).map(([name, value]) => [name, clean(value)])),
  };
}

// What one trust entry asks for and another does not is no failing of a signature that holds for one of them.
function mergeChecks(judgements: readonly TrustJudgement[], isHeld: boolean): Check[] {
  const merged = new Map<string, Check>();
  for (const { holds, checks } of [...judgements].sort((a, b) => Number(b.holds) - Number(a.holds))) {
    for (const check of checks) {
      const { name, outcome, message } = check;
      const shown: Check = isHeld && !holds && outcome === 'fail' ? { ...check, outcome: 'info' } : check;
      const key = `${name} ${message}`;
      if (!merged.has(key)) merged.set(key, shown);
    }
  }
  return [...merged.values()];
}
