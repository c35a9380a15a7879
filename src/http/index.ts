export { createApp } from './app.ts';
export type { AppDependencies, LogRecord } from './dependencies.ts';
export { type Problem, toProblem } from './problem.ts';
