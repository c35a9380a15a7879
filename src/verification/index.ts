export { haveAllAnswered } from './ask-helm-logs.ts';
export { recallVerdict, rememberVerdict } from './cache.ts';
export { type ChosenPolicy, choosePolicies, KEYRING_POLICY, requirePolicy } from './choose-policies.ts';
export { type Collected, collect, MAX_CONFIG_BYTES } from './collect.ts';
export { collectDetached, type Located } from './collect-detached.ts';
export { describeFiles, describeFound } from './describe-found.ts';
export { expiryOf } from './expiry.ts';
export { createGate, type Gate, type GateLimits, turnOf } from './gate.ts';
export { type FoundSignatures, startHunt } from './hunt.ts';
export { type Judgement, judge } from './judge.ts';
export type { JudgeContext, VerifyContext, VerifyRequest, VerifyTask } from './task.ts';
export type { VerdictCache } from './verdict-cache.ts';
export {
  type ReportFrame,
  registryFrame,
  writeBareReport,
  writeFailureReport,
  writeReport,
  writeUncoveredReport,
} from './write-report.ts';
