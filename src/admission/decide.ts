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
  return soften(decision === 'deny' && !finding.enforced ? 'warn' : decision, admission);
}

/** Where admission only warns, nothing is denied, for whatever reason it would be. */
export function soften(decision: Decision, { mode }: Admission): Decision {
  return decision === 'deny' && mode === 'warn' ? 'warn' : decision;
}
