import type { Admission, Decision } from '../config/index.ts';
import type { Finding } from './judge-chart.ts';

/** What becomes of one chart, and why. */
export interface Decided {
  decision: Decision;
  finding: Finding;
}

/** What becomes of an object for a verdict on one of its charts: a policy that only warns lets it pass with a warning. */
export function decideVerdict(finding: Finding, admission: Admission): Decision {
  if (finding.verdict === 'allow') return 'allow';
  const decision = finding.verdict === 'deny' ? 'deny' : admission.onInconclusive;
  return decision === 'deny' && !finding.enforced ? 'warn' : decision;
}
