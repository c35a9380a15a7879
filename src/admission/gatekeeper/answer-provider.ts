import { z } from 'zod';
import { ChartsealError } from '../../base/error.ts';
import { mapBounded } from '../../base/map-bounded.ts';
import { parseReference } from '../../oci/index.ts';
import type { AdmissionContext } from '../context.ts';
import { type Decided, decideVerdict } from '../decide.ts';
import { type Finding, failed, judgeChart } from '../judge-chart.ts';
import { ruleOn } from '../rule-on.ts';

const API_VERSION = 'externaldata.gatekeeper.sh/v1beta1';

/** What Gatekeeper sends (frameworks:constraint/pkg/externaldata/request.go). */
export const providerRequestSchema = z.object({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('ProviderRequest'),
  request: z.object({ keys: z.array(z.string()) }),
});

/** One answer, as in frameworks:constraint/pkg/externaldata/response.go. */
interface ProviderItem {
  key: string;
  /** For `verify` what was found out, for `mutate` the pinned reference; null beside an error. */
  value: unknown;
  error: string;
}

interface ProviderResponse {
  apiVersion: typeof API_VERSION;
  kind: 'ProviderResponse';
  response: { idempotent: true; items: ProviderItem[]; systemError: '' };
}

/**
 * Answers Gatekeeper: each key is a reference, and the answers come in the order of the keys. A chart that is denied or
 * could not be judged is the error of its item and never a system error, because a template that looks only at errors
 * must not let it pass.
 * @param mode `mutate`: the value is the reference pinned to the digest that was judged
 */
export async function answerProvider(
  { request: { keys } }: z.infer<typeof providerRequestSchema>,
  mode: 'verify' | 'mutate',
  context: AdmissionContext,
): Promise<{ response: ProviderResponse; findings: Finding[] }> {
  const { reviewCharts, concurrency } = context.config.limits;
  const distinct = [...new Set(keys)];
  // How many keys there are may be up to whoever writes the object: too many cost one finding.
  const tooMany = distinct.length > reviewCharts ? tooManyKeys(distinct.length) : undefined;
  const findings = tooMany
    ? [tooMany]
    : await mapBounded(distinct, concurrency, (reference) => judgeChart({ reference }, context));
  const byKey = new Map(distinct.map((key, index) => [key, findings[index] as Finding]));
  const items = keys.map((key) => itemOf(key, tooMany ?? (byKey.get(key) as Finding)));
  return {
    response: {
      apiVersion: API_VERSION,
      kind: 'ProviderResponse',
      response: { idempotent: true, items, systemError: '' },
    },
    findings,
  };

  function tooManyKeys(count: number): Finding {
    const message = `${count} charts are named, at most ${reviewCharts} are judged (limits.reviewCharts)`;
    return failed({ reference: 'the request' }, new ChartsealError('limit.charts', message), context);
  }

  function itemOf(key: string, finding: Finding): ProviderItem {
    const { admission } = context.config;
    const naming = namingOf(key);
    const pinned = mode === 'verify' ? undefined : pinnedKey(key, naming, finding, admission.pinRanges);
    const rule =
      naming === undefined || pinned !== undefined ? undefined : ruleOn(naming, finding.reference, context);
    const verdict: Decided = { decision: decideVerdict(finding, admission), finding };
    const denied = [verdict, ...(rule ? [rule] : [])].find(({ decision }) => decision === 'deny')?.finding;
    if (denied !== undefined) {
      return { key, value: null, error: `${denied.reference} ${denied.message}; report ${denied.reportId}` };
    }
    if (mode === 'mutate') return { key, value: pinned ?? key, error: '' };
    return { key, value: found(finding), error: '' };
  }
}

function found({ verdict, code, digest, pinned, policy, enforced, reportId }: Finding) {
  return { verdict, code, digest, pinned, policy, enforced, report: reportId };
}

// undefined: by digest; also for a key that cannot be read, which was denied before this matters.
function namingOf(key: string): 'tag' | 'range' | undefined {
  try {
    const { tag, digest } = parseReference(key);
    if (digest !== undefined) return undefined;
    return tag === undefined ? 'range' : 'tag';
  } catch {
    return undefined;
  }
}

// Written as the key is: some fields want no scheme. undefined: it may not be pinned; what passes with a warning only
// stays as it is named, as in a review.
function pinnedKey(
  key: string,
  naming: 'tag' | 'range' | undefined,
  { verdict, pinned }: Finding,
  pinRanges: boolean,
): string | undefined {
  if (verdict !== 'allow' || pinned === null || (naming === 'range' && !pinRanges)) return undefined;
  return /^oci:\/\//i.test(key) ? pinned : pinned.slice('oci://'.length);
}
