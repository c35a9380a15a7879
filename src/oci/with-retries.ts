import { ChartsealError } from '../base/error.ts';
import { startGuard } from './guard.ts';
import type { Work } from './work.ts';

const BASE_MS = 200;
const MAX_BACKOFF_MS = 5_000;
const WORTH_RETRYING = new Set(['registry.rate_limited', 'registry.unavailable', 'registry.truncated']);

/**
 * Does the work, and again after 429, 5xx and broken connections: with exponential backoff and jitter, or when the
 * registry asks to (Retry-After); never past the session's deadline. Timeouts and other answers are not tried again.
 */
export async function withRetries<T>(work: Work, what: string, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ChartsealError) || tries >= work.limits.retries) throw error;
      if (!error.retryable || !WORTH_RETRYING.has(error.code)) throw error;
      const ms = error.retryAfter === undefined ? backoff(work, tries) : error.retryAfter * 1000;
      if (ms >= work.deadline - work.clock()) throw error;
      await wait(work, what, ms);
    }
  }
}

function backoff(work: Work, tries: number): number {
  return Math.min(MAX_BACKOFF_MS, BASE_MS * 2 ** tries) * (0.5 + work.random() / 2);
}

async function wait(work: Work, what: string, ms: number): Promise<void> {
  const guard = startGuard(work, what, work.deadline - work.clock());
  try {
    if (guard.signal.aborted) throw guard.signal.reason;
    await guard.race(work.sleep(ms, guard.signal));
  } finally {
    guard.stop();
  }
}
