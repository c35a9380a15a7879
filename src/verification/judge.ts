import { CODES } from '../base/codes.ts';
import type { Check, Evidence, Reason, TrustOutcome } from '../base/evidence.ts';
import { reason } from '../base/reason.ts';
import type { ChartMetadata } from '../chart/index.ts';
import { describeRequirement, evaluate } from '../policy/index.ts';
import type { Verdict } from '../report/index.ts';
import type { ManifestClaim } from '../subject/index.ts';
import type { ChosenPolicy } from './choose-policies.ts';
import { examineProvenances } from './examine-provenances.ts';
import { examineSignatures } from './examine-signatures.ts';
import { judgeContent } from './judge-content.ts';
import type { JudgedSubject } from './judged-subject.ts';
import { type Scheme, trustsOf } from './schemes.ts';

/** What one policy says. */
export interface Judgement {
  chosen: ChosenPolicy;
  verdict: Verdict;
  /** Schemes of which more evidence could turn it into an allow. */
  wants: ReadonlySet<Scheme>;
  reasons: Reason[];
  evidence: Evidence[];
  contentChecks: Check[];
  /** The signed metadata, if a trusted key signed it well. */
  signed: ChartMetadata | undefined;
  /** What the manifest says of itself, if a trusted signature covers it and it is the chart asked for. */
  claim: ManifestClaim | undefined;
  retryable: boolean;
  retryAfter: number | undefined;
  /** Milliseconds since the epoch after which the outcome may change by itself. */
  holdsUntil: number | undefined;
}

/**
 * Judges one chart by one policy: what each trust name states, then the requirement over them, then what is blocked
 * and what the archive itself says. Nothing here reads from the network.
 * @param now milliseconds since the epoch
 */
export async function judge(subject: JudgedSubject, chosen: ChosenPolicy, now: number): Promise<Judgement> {
  const { policy, config } = chosen;
  const [provenance, signatures] = await Promise.all([
    examineProvenances(subject, chosen, trustsOf(chosen, 'pgp'), now),
    examineSignatures(subject, chosen, trustsOf(chosen, 'sigstore')),
  ]);
  const outcomes = [
    ...provenance.outcomes.map((outcome) => refuseExtraLayers(outcome, subject.extraLayers)),
    ...signatures.outcomes,
  ];
  const byName = new Map(outcomes.map((outcome) => [outcome.trust, outcome]));
  const value = evaluate(policy.require, byName);
  const content = judgeContent(
    subject,
    {
      signed: provenance.signed ?? signatures.signed,
      unread: signatures.unread,
      ...(provenance.files && { files: provenance.files }),
    },
    policy.unsafeAllow,
  );
  const blocked = blockedReasons(subject, config.blocked.digests);

  const verdict = combine(value, content.outcome, blocked.length > 0);
  const unknown = outcomes.filter((outcome) => outcome.state === 'unknown');
  return {
    chosen,
    verdict,
    wants:
      value === 'true' || blocked.length > 0 || content.outcome === 'deny'
        ? new Set()
        : wantedSchemes(chosen, byName, subject.extraLayers),
    reasons: [
      ...blocked,
      ...content.reasons,
      ...trustReasons(verdict, chosen, outcomes),
      ...provenance.facts,
      ...signatures.facts,
    ],
    evidence: [...provenance.evidence, ...signatures.evidence],
    contentChecks: content.checks,
    signed: provenance.signed,
    claim: signatures.claim,
    retryable:
      verdict === 'inconclusive' &&
      (unknown.some((outcome) => outcome.retryable === true) || content.retryable),
    retryAfter: latest([...unknown.map((outcome) => outcome.retryAfter), content.retryAfter]),
    holdsUntil: earliest(outcomes.map((outcome) => outcome.holdsUntil)),
  };
}

// Of a scheme whose names all hold nothing more is needed, and no provenance can cover another layer.
function wantedSchemes(
  chosen: ChosenPolicy,
  outcomes: ReadonlyMap<string, TrustOutcome>,
  extraLayers: number,
): Set<Scheme> {
  const isOpen = ({ name }: { name: string }) => outcomes.get(name)?.state !== 'held';
  const wanted = new Set<Scheme>();
  if (extraLayers === 0 && trustsOf(chosen, 'pgp').some(isOpen)) wanted.add('pgp');
  if (trustsOf(chosen, 'sigstore').some(isOpen)) wanted.add('sigstore');
  return wanted;
}

// PGP signs the chart layer, not the manifest; a client that takes another layer (Flux takes the first) would run
// what nobody signed.
function refuseExtraLayers(outcome: TrustOutcome, extraLayers: number): TrustOutcome {
  if (extraLayers === 0 || outcome.state !== 'held') return outcome;
  const count = extraLayers === 1 ? 'a layer' : `${extraLayers} layers`;
  const message = `the manifest has ${count} beside chart and provenance, which no provenance covers`;
  return {
    trust: outcome.trust,
    state: 'failed',
    identities: [],
    reasons: [reason('manifest.extra_layer', message, { trust: outcome.trust })],
  };
}

function blockedReasons(subject: JudgedSubject, blocked: ReadonlySet<string>): Reason[] {
  const reasons: Reason[] = [];
  if (subject.digest !== null && blocked.has(subject.digest)) {
    reasons.push(reason('blocked.digest', `the manifest ${subject.digest} is blocked`));
  }
  if (blocked.has(subject.archiveDigest)) {
    reasons.push(reason('blocked.digest', `the chart archive ${subject.archiveDigest} is blocked`));
  }
  return reasons;
}

function combine(value: ReturnType<typeof evaluate>, content: Verdict, blocked: boolean): Verdict {
  if (blocked || content === 'deny' || value === 'false') return 'deny';
  return value === 'true' && content === 'allow' ? 'allow' : 'inconclusive';
}

// For an allow: who made it so, and what else is worth knowing of those that hold. Otherwise: why each name that is
// asked for does not hold, then what the policy asked for.
function trustReasons(verdict: Verdict, { policy }: ChosenPolicy, outcomes: TrustOutcome[]): Reason[] {
  const asked = describeRequirement(policy.require);
  const held = outcomes.filter((outcome) => outcome.state === 'held');
  const names = held.map(({ trust, identities }) => `${trust} (${identities.join(', ')})`).join('; ');
  if (verdict === 'allow') {
    const message = `the policy "${policy.name}" requires ${asked}; held: ${names}`;
    return [reason('policy.satisfied', message), ...held.flatMap((outcome) => outcome.reasons)];
  }
  const missing = outcomes
    .filter((outcome) => outcome.state !== 'held')
    .flatMap((outcome) => outcome.reasons);
  const summary = verdict === 'deny' ? 'policy.unsatisfied' : 'policy.unknown_evidence';
  const suffix = held.length > 0 ? `; held: ${names}` : '; nothing holds';
  if (missing.length === 0) return [];
  return [
    ...missing,
    reason(summary, `the policy "${policy.name}" requires ${asked}${suffix}`, { help: CODES[summary].help }),
  ];
}

// When several registry answers ask to wait, asking again helps only after the longest of them.
function latest(seconds: (number | undefined)[]): number | undefined {
  const known = seconds.filter((one) => one !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** The smallest of the given times; undefined when there is none. */
export function earliest(times: (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
