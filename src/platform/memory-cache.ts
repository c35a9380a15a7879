import type { Clock } from '../base/clock.ts';

/** A bounded map from text to values that expire. */
interface MemoryCache<T> {
  /** The value, unless it was never set, has expired or had to make room. Counts as a use. */
  get(key: string): T | undefined;
  /** @param expiresAt milliseconds since the epoch from which on the value is gone; Infinity is possible */
  set(key: string, value: T, expiresAt: number): void;
  delete(key: string): void;
  readonly size: number;
}

/**
 * A cache in the memory of this process or isolate, for both runtimes. When it is full, what was not used for the
 * longest time makes room.
 * @param options.max most entries held
 */
export function createMemoryCache<T>(options: { max: number; clock: Clock }): MemoryCache<T> {
  // A Map keeps the order of insertion: the first key is the one that was not used for the longest time.
  const entries = new Map<string, { value: T; expiresAt: number }>();
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      if (options.clock() >= entry.expiresAt) return undefined;
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, expiresAt) {
      entries.delete(key);
      if (!(expiresAt > options.clock()) || options.max < 1) return;
      for (const oldest of entries.keys()) {
        if (entries.size < options.max) break;
        entries.delete(oldest);
      }
      entries.set(key, { value, expiresAt });
    },
    delete(key) {
      entries.delete(key);
    },
    get size() {
      return entries.size;
    },
  };
}
