import { ChartsealError } from '../base/error.ts';
import type { ClientPrediction, Evidence, Reason } from '../base/evidence.ts';
import { reason } from '../base/reason.ts';
import { formatReference, type Reference } from '../oci/index.ts';
import type {
  Depth,
  JudgedPolicy,
  Report,
  ReportedChart,
  ReportedContent,
  Verdict,
} from '../report/index.ts';
import type { ChosenPolicy } from './choose-policies.ts';
import type { Judgement } from './judge.ts';
import type { JudgeContext, VerifyTask } from './task.ts';

/** What all reports of one verification share. */
export interface ReportFrame {
  reference: string;
  digest: string | null;
  pinned: string | null;
  depth: Depth;
  startedAt: number;
  stats: { requests: number; tokenRequests: number; bytes: number };
  cache: Report['stats']['cache'];
}

/** The frame of a chart in a registry. */
export function registryFrame(task: VerifyTask, digest: string | null, noCache: boolean): ReportFrame {
  const { host, repository } = task.reference;
  return {
    reference: formatReference(task.reference),
    digest,
    pinned: digest === null ? null : `oci://${host}/${repository}@${digest}`,
    depth: task.depth,
    startedAt: task.startedAt,
    stats: task.session.stats,
    cache: noCache ? 'bypass' : 'miss',
  };
}

/** The report over the judgements of all policies: every one must allow. */
export function writeReport(
  frame: ReportFrame,
  judgements: Judgement[],
  found: {
    chart: ReportedChart | null;
    facts: Reason[];
    clients: ClientPrediction[];
    content: ReportedContent | undefined;
  },
  context: JudgeContext,
): Report {
  const policies = judgements.map(({ chosen, verdict }) => judged(chosen, verdict));
  const verdict = worst(policies.map((policy) => policy.verdict));
  const retryAfter = judgements.find((judgement) => judgement.retryAfter !== undefined)?.retryAfter;
  const decisive = judgements.filter((judgement) => judgement.verdict === verdict);
  const others = judgements.filter(
    (judgement) => judgement.verdict !== verdict && judgement.verdict !== 'allow',
  );
  return {
    ...head(frame, found.chart, context),
    verdict,
    // A retry helps only if nothing else stands in the way.
    retryable: verdict === 'inconclusive' && decisive.every((judgement) => judgement.retryable),
    ...(verdict === 'inconclusive' && retryAfter !== undefined ? { retryAfter } : {}),
    policy: policies[0] ?? null,
    policies,
    enforced: isEnforced(policies, verdict),
    reasons: distinct([...decisive, ...others].flatMap((judgement) => judgement.reasons).concat(found.facts)),
    evidence: mergeEvidence(judgements),
    ...(found.content === undefined ? {} : { content: found.content }),
    clients: found.clients,
    ...tail(frame, context),
  };
}

/** A verdict that needs no evidence: the manifest is no chart, no policy covers it, the registry failed. */
export function writeBareReport(
  frame: ReportFrame,
  chosen: ChosenPolicy[],
  outcome: {
    verdict: 'deny' | 'inconclusive';
    reasons: Reason[];
    retryable?: boolean;
    retryAfter?: number | undefined;
  },
  context: JudgeContext,
): Report {
  const policies = chosen.map((policy) => judged(policy, outcome.verdict));
  return {
    ...head(frame, null, context),
    verdict: outcome.verdict,
    retryable: outcome.retryable ?? false,
    ...(outcome.retryAfter === undefined ? {} : { retryAfter: outcome.retryAfter }),
    policy: policies[0] ?? null,
    policies,
    enforced: isEnforced(policies, outcome.verdict),
    reasons: outcome.reasons,
    evidence: [],
    clients: [],
    ...tail(frame, context),
  };
}

/**
 * A registry's failure as a report. Errors that are the caller's (a bad reference, no such chart) are no verdict.
 * @throws whatever is not a failure of the registry or a limit
 */
export function writeFailureReport(
  frame: ReportFrame,
  chosen: ChosenPolicy[],
  error: unknown,
  context: JudgeContext,
): Report {
  if (!(error instanceof ChartsealError)) throw error;
  const why = [reason(error.code, error.message, { help: error.help })];
  if (error.code === 'manifest.invalid')
    return writeBareReport(frame, chosen, { verdict: 'deny', reasons: why }, context);
  const isFailure = /^(registry|limit|evidence)\./.test(error.code) && error.code !== 'registry.not_listed';
  if (!isFailure) throw error;
  const { retryable, retryAfter } = error;
  return writeBareReport(
    frame,
    chosen,
    { verdict: 'inconclusive', reasons: why, retryable, retryAfter },
    context,
  );
}

/** Nothing covers the repository: deny, without having asked anybody. */
export function writeUncoveredReport(
  frame: ReportFrame,
  reference: Reference,
  context: JudgeContext,
): Report {
  const message = `no policy matches ${reference.host}/${reference.repository}`;
  return writeBareReport(
    frame,
    [],
    { verdict: 'deny', reasons: [reason('policy.no_match', message)] },
    context,
  );
}

function head(frame: ReportFrame, chart: ReportedChart | null, context: JudgeContext) {
  return {
    apiVersion: 'chartseal.dev/v1',
    kind: 'VerificationReport',
    id: context.newId(),
    subject: { reference: frame.reference, digest: frame.digest, pinned: frame.pinned, chart },
    depth: frame.depth,
  } as const;
}

function tail(frame: ReportFrame, context: JudgeContext): Pick<Report, 'stats' | 'verifiedAt'> {
  const now = context.clock();
  return {
    stats: {
      registryRequests: frame.stats.requests,
      tokenRequests: frame.stats.tokenRequests,
      bytes: frame.stats.bytes,
      durationMs: now - frame.startedAt,
      cache: frame.cache,
    },
    verifiedAt: new Date(now).toISOString(),
  };
}

function judged({ policy, chosenBy }: ChosenPolicy, verdict: Verdict): JudgedPolicy {
  return { name: policy.name, revision: policy.revision, mode: policy.mode, chosenBy, verdict };
}

function worst(verdicts: Verdict[]): Verdict {
  if (verdicts.includes('deny')) return 'deny';
  return verdicts.includes('inconclusive') ? 'inconclusive' : 'allow';
}

// With no policy at all nothing says `warn`. Otherwise a verdict binds when one that stands in the way enforces.
function isEnforced(policies: JudgedPolicy[], verdict: Verdict): boolean {
  const deciding = verdict === 'allow' ? policies : policies.filter((policy) => policy.verdict !== 'allow');
  return deciding.length === 0 || deciding.some((policy) => policy.mode === 'enforce');
}

function distinct(reasons: Reason[]): Reason[] {
  const seen = new Set<string>();
  return reasons.filter((item) => {
    const key = JSON.stringify([item.code, item.trust, item.message]);
    return !seen.has(key) && seen.add(key);
  });
}

// Policies see the same signatures, each those of the schemes it names; what differs is for whom they hold.
function mergeEvidence(judgements: Judgement[]): Evidence[] {
  const byPlace = new Map<string, Evidence[]>();
  for (const { evidence } of judgements) {
    const seen = new Map<string, number>();
    for (const one of evidence) {
      // One place may hold several signatures, always in the same order.
      const place = JSON.stringify([one.scheme, one.source.kind, one.source.digest]);
      const count = seen.get(place) ?? 0;
      seen.set(place, count + 1);
      const key = `${count} ${place}`;
      byPlace.set(key, [...(byPlace.get(key) ?? []), one]);
    }
  }
  return [...byPlace.values()].map(mergeTwins);
}

function mergeTwins(twins: Evidence[]): Evidence {
  const [evidence] = twins as [Evidence];
  const seen = new Set<string>();
  const checks = twins
    .flatMap((twin) => twin.checks)
    .filter((check) => {
      const key = JSON.stringify(check);
      return !seen.has(key) && seen.add(key);
    });
  const signer = twins.find((twin) => twin.signer !== undefined)?.signer;
  return {
    ...evidence,
    ...(signer === undefined ? {} : { signer }),
    trustedAs: [...new Set(twins.flatMap((twin) => twin.trustedAs))],
    checks,
  };
}
