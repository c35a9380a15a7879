import type { Clock } from '../base/clock.ts';
import { ChartsealError } from '../base/error.ts';

/** Most callers or addresses remembered; the one not seen for longest is forgotten first. */
const MAX_KEYS = 10_000;

/**
 * A token bucket for each key, in this process (at the edge: this isolate).
 * @param capacity how much may be taken at once
 * @param perMs how much comes back in a millisecond
 * @param what is taken, for the message
 */
export function createRateLimit(
  clock: Clock,
  capacity: number,
  perMs: number,
  what = 'verifications',
): (key: string, cost: number) => void {
  const buckets = new Map<string, { level: number; at: number }>();
  return (key, cost) => {
    const now = clock();
    const before = buckets.get(key) ?? { level: capacity, at: now };
    const level = Math.min(capacity, before.level + Math.max(0, now - before.at) * perMs);
    // A request that costs more than the bucket holds takes the whole of it.
    const price = Math.min(cost, capacity);
    buckets.delete(key);
    buckets.set(key, { level: level >= price ? level - price : level, at: now });
    if (buckets.size > MAX_KEYS) buckets.delete(buckets.keys().next().value as string);
    if (level >= price) return;
    throw new ChartsealError('request.rate_limited', `too many ${what} were asked for`, {
      retryAfter: Math.ceil((price - level) / perMs / 1000),
    });
  };
}
