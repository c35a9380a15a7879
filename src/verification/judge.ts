import { CODES } from '../base/codes.ts';
import type { ChartsealError } from '../base/error.ts';
import type { Check, Evidence, Reason, TrustOutcome } from '../base/evidence.ts';
import type { Fetched } from '../base/fetched.ts';
import { reason } from '../base/reason.ts';
import type { ArchiveFacts, ChartMetadata } from '../chart/index.ts';
import { describeRequirement, evaluate, trustNames } from '../policy/index.ts';
import {
  type AskedChart,
  type PgpTrust,
  type ProvenanceResult,
  verifyProvenance,
} from '../provenance/index.ts';
import type { Verdict } from '../report/index.ts';
import type { ChosenPolicy } from './choose-policies.ts';
import type { Located } from './collect-detached.ts';
import { judgeContent } from './judge-content.ts';
import { mergeExamined } from './merge-examined.ts';

/** A chart, from a registry or a file, as judging needs it. */
export interface JudgedSubject {
  /** Manifest digest; null for files. */
  digest: string | null;
  /** Digest of the chart layer or file. */
  archiveDigest: string;
  asked: AskedChart;
  /** In the order of their cost: the layer, then what refers to the manifest. */
  provenances: Located[];
  /** Why there may be provenance that was not found. */
  unsearched?: ChartsealError | undefined;
  /** Layers that PGP does not cover. */
  extraLayers: number;
  /** undefined: the archive was not read. */
  content: Fetched<ArchiveFacts> | undefined;
}

/** What one policy says. */
export interface Judgement {
  chosen: ChosenPolicy;
  verdict: Verdict;
  /** Could more evidence turn it into an allow? */
  open: boolean;
  reasons: Reason[];
  evidence: Evidence[];
  contentChecks: Check[];
  /** The signed metadata, if a trusted key signed it well. */
  signed: ChartMetadata | undefined;
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
  const trusts = trustNames(policy.require).flatMap((name) => config.trust.get(name) ?? []);
  const result = await examine(subject, chosen, trusts, now);
  const outcomes = result.outcomes.map((outcome) => refuseExtraLayers(outcome, subject.extraLayers));
  const byName = new Map(outcomes.map((outcome) => [outcome.trust, outcome]));
  const value = evaluate(policy.require, byName);
  const content = judgeContent(subject, result, policy.unsafeAllow);
  const blocked = blockedReasons(subject, config.blocked.digests);

  const verdict = combine(value, content.outcome, blocked.length > 0);
  const unknown = outcomes.filter((outcome) => outcome.state === 'unknown');
  return {
    chosen,
    verdict,
    open: value !== 'true' && subject.extraLayers === 0 && blocked.length === 0 && content.outcome !== 'deny',
    reasons: [...blocked, ...content.reasons, ...trustReasons(verdict, chosen, outcomes), ...result.facts],
    evidence: result.evidence,
    contentChecks: content.checks,
    signed: result.signed,
    retryable:
      verdict === 'inconclusive' &&
      (unknown.some((outcome) => outcome.retryable === true) || content.retryable),
    retryAfter: latest([...unknown.map((outcome) => outcome.retryAfter), content.retryAfter]),
    holdsUntil: earliest(outcomes.map((outcome) => outcome.holdsUntil)),
  };
}

export interface Examined extends Pick<ProvenanceResult, 'evidence' | 'outcomes' | 'facts' | 'files'> {
  signed: ChartMetadata | undefined;
}

async function examine(
  subject: JudgedSubject,
  chosen: ChosenPolicy,
  trusts: PgpTrust[],
  now: number,
): Promise<Examined> {
  const { provenances, unsearched } = subject;
  const results = await Promise.all(
    provenances.map((located) => examineOne(subject, located, chosen, trusts, now)),
  );
  if (unsearched !== undefined) results.push(same(trusts, (trust) => unavailable(trust, unsearched)));
  if (results.length > 0) return mergeExamined(results, trusts);
  const missing = (trust: string) =>
    reason('pgp.provenance_missing', 'the chart has no provenance, so nobody signed it', { trust });
  return same(trusts, (trust) => ({ state: 'failed', reasons: [missing(trust)] }));
}

async function examineOne(
  subject: JudgedSubject,
  { source, fetched }: Located,
  { policy, config }: ChosenPolicy,
  trusts: PgpTrust[],
  now: number,
): Promise<Examined> {
  if (!fetched.ok) return same(trusts, (trust) => unavailable(trust, fetched.error));
  const result = await verifyProvenance({
    bytes: fetched.value,
    source,
    trusts,
    archiveDigest: subject.archiveDigest,
    asked: subject.asked,
    unsafeAllow: policy.unsafeAllow,
    blockedSigners: config.blocked.signers,
    now,
  });
  // Signed text that names another archive says nothing about this one.
  const covers = Object.values(result.files ?? {}).includes(subject.archiveDigest);
  return { ...result, signed: covers ? result.metadata : undefined };
}

function same(
  trusts: PgpTrust[],
  outcome: (trust: string) => Omit<TrustOutcome, 'trust' | 'identities'>,
): Examined {
  return {
    evidence: [],
    facts: [],
    signed: undefined,
    outcomes: trusts.map(({ name }) => ({ trust: name, identities: [], ...outcome(name) })),
  };
}

function unavailable(trust: string, error: ChartsealError): Omit<TrustOutcome, 'trust' | 'identities'> {
  return {
    state: 'unknown',
    reasons: [
      reason(error.code, `the provenance could not be fetched: ${error.message}`, {
        trust,
        help: error.help,
      }),
    ],
    retryable: error.retryable,
    ...(error.retryAfter === undefined ? {} : { retryAfter: error.retryAfter }),
  };
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
