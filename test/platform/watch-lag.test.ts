import { afterEach, expect, test, vi } from 'vitest';
import { watchLag } from '../../src/platform/node/watch-lag.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('a process that is late says by how much, while it is and right after', () => {
  vi.useFakeTimers();
  let now = 0;
  const lag = watchLag(() => now);
  expect(lag.lagMs()).toBe(0);
  // The processor was busy for a second: the timer that was due at 100 ms has not fired yet.
  now = 1000;
  expect(lag.lagMs()).toBe(900);
  vi.advanceTimersByTime(100);
  expect(lag.lagMs()).toBe(900);
  // The next one is in time.
  now = 1100;
  vi.advanceTimersByTime(100);
  expect(lag.lagMs()).toBe(0);
  lag.stop();
  now = 1150;
  expect(lag.lagMs()).toBe(0);
});
