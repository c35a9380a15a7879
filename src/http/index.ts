export { createApp } from './app.ts';
export type { AppDependencies, LogRecord, SignVisit } from './dependencies.ts';
export { type Problem, problemResponse, toProblem } from './problem.ts';
