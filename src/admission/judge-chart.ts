import type { Code } from '../base/codes.ts';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { parseReference } from '../oci/index.ts';
import { findPolicy, type Policy } from '../policy/index.ts';
import type { Report, Verdict } from '../report/index.ts';
import type { VerifyRequest } from '../verification/index.ts';
import type { AdmissionContext } from './context.ts';
import { shownUrl } from './shown-url.ts';

/** What was found out about one chart that an object or a key names; its texts are fit to be shown. */
export interface Finding {
  /** The chart as it was named, or what stands in its place. */
  reference: string;
  verdict: Verdict;
  code: Code;
  /** What stands in the way, as a clause that follows the reference: `is not signed by …`. */
  message: string;
  /** The same in three words, for a warning. */
  short: string;
  /** Under which the report is found in the log. */
  reportId: string;
  digest: string | null;
  pinned: string | null;
  policy: string | null;
  /** False: the policy only warns. */
  enforced: boolean;
}

const SHORT: Record<Verdict, string> = {
  allow: 'is signed',
  deny: 'would be denied',
  inconclusive: 'could not be judged',
};

/** Longest reference that is shown. */
const MAX_REFERENCE = 300;
/** Longest detail of one reason that is shown. */
const MAX_DETAIL = 250;

/** Most trust names whose reasons are told; the report in the log has them all. */
const MAX_REASONS = 3;

/**
 * Judges one chart until the deadline. Never throws: what goes wrong is a finding, and what went wrong in chartseal
 * itself is a deny, as the object may be made so that it does.
 */
export async function judgeChart(request: VerifyRequest, context: AdmissionContext): Promise<Finding> {
  const { config, deadline } = context;
  try {
    const work = context.verify(request, {
      config,
      client: context.client,
      cache: context.cache,
      clock: context.clock,
      newId: context.newId,
      scope: 'callers',
      signal: deadline.signal,
      deadlineMs: deadline.atMs,
      ...(context.budget === undefined ? {} : { budget: context.budget }),
    });
    const report = await deadline.race(work);
    return report === undefined ? failed(request, tooLate(), context) : fromReport(request, report);
  } catch (error) {
    return failed(request, error, context);
  }
}

/** The finding for a chart that was not judged; as a verdict of the policy that covers it, if that is known. */
export function failed(request: VerifyRequest, error: unknown, context: AdmissionContext): Finding {
  const known = error instanceof ChartsealError ? error : undefined;
  if (known === undefined) {
    context.log({ level: 'error', message: 'internal error', requestId: context.requestId, error });
  }
  const code = known?.code ?? 'internal.error';
  const verdict = known !== undefined && isInconclusive(known) ? 'inconclusive' : 'deny';
  const { policy, enforced } = policyOf(request.reference, context);
  const detail = known === undefined ? 'something in chartseal failed' : clean(known.message, MAX_DETAIL);
  return {
    reference: nameOf(request),
    verdict,
    code,
    message: `${verdict === 'deny' ? 'is refused' : 'could not be judged'} (${code}: ${detail})`,
    short: SHORT[verdict],
    reportId: context.newId(),
    digest: null,
    pinned: null,
    policy: policy?.name ?? null,
    enforced,
  };
}

function fromReport(request: VerifyRequest, report: Report): Finding {
  const [first] = report.reasons;
  return {
    reference: nameOf(request),
    verdict: report.verdict,
    code: first?.code ?? 'policy.unsatisfied',
    message: describe(report),
    short: SHORT[report.verdict],
    reportId: report.id,
    digest: report.subject.digest,
    pinned: report.subject.pinned,
    policy: report.policy?.name ?? null,
    enforced: report.enforced,
  };
}

function describe({ verdict, reasons }: Report): string {
  if (verdict === 'allow') return 'is signed as the policy requires';
  const told = (list: Report['reasons']) =>
    list
      .slice(0, MAX_REASONS)
      .map(({ code, message }) => `${code}: ${clean(message, MAX_DETAIL)}`)
      .join('; ');
  const byTrust = reasons.filter(({ trust }) => trust !== undefined);
  if (verdict === 'inconclusive') return `could not be judged (${told(reasons.slice(0, 1))})`;
  if (byTrust.length === 0 || reasons[0]?.trust === undefined)
    return `is refused (${told(reasons.slice(0, 1))})`;
  const names = [...new Set(byTrust.map(({ trust }) => trust))];
  return `is not signed by ${names.slice(0, MAX_REASONS).join(', ')} (${told(byTrust)})`;
}

/** The chart as it was asked for, fit to be shown. */
export function nameOf({ reference, version }: VerifyRequest): string {
  return shownUrl(version === undefined ? reference : `${reference} (${version})`, MAX_REFERENCE);
}

// A registry that failed, a limit of this service: asking again may help. All else is about the chart or the object.
function isInconclusive({ code, retryable }: ChartsealError): boolean {
  if (code === 'registry.not_listed' || code === 'registry.address_refused' || code === 'limit.charts')
    return false;
  return retryable || /^(?:registry|limit|evidence)\.|^k8s\.unavailable$/.test(code);
}

// What is thrown was judged by no policy. One that only warns must not stand in the way all the same; and of what names
// no repository it is true if no policy enforces anything.
function policyOf(
  reference: string,
  { config }: AdmissionContext,
): { policy: Policy | undefined; enforced: boolean } {
  let repository: string;
  try {
    // A range stands in brackets behind the repository.
    const parsed = parseReference(reference.split(' (')[0] ?? '');
    repository = `${parsed.host}/${parsed.repository}`;
  } catch {
    return { policy: undefined, enforced: config.policies.some(({ mode }) => mode === 'enforce') };
  }
  const policy = findPolicy(config.policies, repository);
  return { policy, enforced: policy?.mode !== 'warn' };
}

/** Says that time was up. */
export function tooLate(): ChartsealError {
  return new ChartsealError('limit.deadline', 'there was no verdict in time', { retryable: true });
}
