export { globToMatcher } from '../base/glob.ts';
export { describeRequirement } from './describe-requirement.ts';
export { evaluate, type Kleene } from './evaluate.ts';
export { covers, findPolicy, type Policy } from './find-policy.ts';
export { policyRevision, type TrustFacts } from './policy-revision.ts';
export { partsOf, type Requirement } from './requirement.ts';
export { trustNames } from './trust-names.ts';
