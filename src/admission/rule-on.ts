import type { Code } from '../base/codes.ts';
import { clean } from '../base/text.ts';
import type { AdmissionContext } from './context.ts';
import { type Decided, soften } from './decide.ts';

/** What is true of how a chart is named, whatever the verdict on the chart. */
type Naming = 'not-oci' | 'unresolved' | 'unreadable' | 'range' | 'tag';

const RULES = {
  'not-oci': {
    setting: 'notOci',
    code: 'k8s.not_oci',
    short: 'is not verified',
    why: 'it is in no OCI registry',
  },
  unresolved: { setting: 'unresolved', code: 'k8s.unresolved_reference', short: 'is not resolved', why: '' },
  unreadable: { setting: 'unreadable', code: 'k8s.unreadable', short: 'cannot be read', why: '' },
  range: {
    setting: 'ranges',
    code: 'k8s.range',
    short: 'comes from a range',
    why: 'it moves on without a review',
  },
  tag: { setting: 'tags', code: 'k8s.tag', short: 'is a tag', why: 'it can be moved without a review' },
} as const satisfies Record<Naming, { setting: string; code: Code; short: string; why: string }>;

/**
 * What the configuration decides on how a chart is named.
 * @param name what stands for the chart
 * @param why in place of the rule's own words
 * @returns undefined where the rule lets it pass
 */
export function ruleOn(
  naming: Naming,
  name: string,
  context: AdmissionContext,
  why?: string,
): Decided | undefined {
  const { setting, code, short, why: standard } = RULES[naming];
  const { admission } = context.config;
  const decision = soften(admission[setting], admission);
  if (decision === 'allow') return undefined;
  return {
    decision,
    finding: {
      reference: clean(name, 300),
      verdict: 'deny',
      code,
      message: `${short} (${code}: ${clean(why ?? standard)})`,
      short,
      reportId: context.newId(),
      digest: null,
      pinned: null,
      policy: null,
      enforced: true,
    },
  };
}
