export { createApp } from './app.ts';
export type { AppDependencies, LogRecord, SignVisit, TrustRootHealth } from './dependencies.ts';
export { problemResponse } from './problem.ts';
