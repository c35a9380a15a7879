export { createApp } from './app.ts';
export type { AppDependencies, LogRecord, SignVisit, TrustRootHealth } from './dependencies.ts';
export { type Problem, problemResponse, toProblem } from './problem.ts';
