import { ChartsealError } from '../base/error.ts';
import { startGuard } from './guard.ts';
import type { Work } from './work.ts';

const BASE_MS = 200;
const MAX_BACKOFF_MS = 5_000;
const MAY_PASS = new Set(['registry.rate_limited', 'registry.unavailable', 'registry.truncated']);

/**
 * Does the work, and again after 429, 5xx and broken connections: with exponential backoff and jitter, or when the
 * registry asks to (Retry-After); never past the session's deadline. Timeouts and other answers are not tried again.
 */
export async function withRetries<T>(work: Work, what: string, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isWorthRetrying(error) || tries >= work.limits.retries) throw error;
      const ms = error.retryAfter === undefined ? backoff(work, tries) : error.retryAfter * 1000;
      if (ms >= work.deadline - work.clock()) throw error;
      await pause(work, what, ms);
    }
  }
}

/** May the same request succeed a moment later? */
export function isWorthRetrying(error: unknown): error is ChartsealError {
  return error instanceof ChartsealError && error.retryable && MAY_PASS.has(error.code);
}

/** Milliseconds to wait before a further try: doubling from 200 to 5000, the upper half of it by chance. */
export function backoff(work: Work, tries: number): number {
  return Math.min(MAX_BACKOFF_MS, BASE_MS * 2 ** tries) * (0.5 + work.random() / 2);
}

/** Waits, but not past the session's deadline or its end. */
export async function pause(work: Work, what: string, ms: number): Promise<void> {
  const guard = startGuard(work, what, work.deadline - work.clock());
  try {
    if (guard.signal.aborted) throw guard.signal.reason;
    await guard.race(work.sleep(ms, guard.signal));
  } finally {
    guard.stop();
  }
}
