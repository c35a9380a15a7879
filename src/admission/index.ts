export type { AdmissionContext } from './context.ts';
export { DEFAULT_REVIEW_MS, type Deadline, type Sleep, startDeadline, timeToJudge } from './deadline.ts';
export {
  answerProvider,
  type ProviderResponse,
  providerRequestSchema,
} from './gatekeeper/answer-provider.ts';
export type { Finding } from './judge-chart.ts';
export type { ObjectRef } from './kinds/index.ts';
export { groupOf, type KubeObject } from './kube-object.ts';
export type { ObjectReader } from './object-reader.ts';
export { readUses } from './read-uses.ts';
export { type AnsweredReview, answerReview } from './review/answer-review.ts';
export { type ReviewRequest, type ReviewResponse, reviewSchema } from './review/review-schema.ts';
