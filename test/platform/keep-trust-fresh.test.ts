import { describe, expect, test } from 'vitest';
import { keepTrustFresh, RETRY_MS } from '../../src/platform/node/keep-trust-fresh.ts';
import type { RefreshStatus } from '../../src/platform/trust-root.ts';

const HOUR = 60 * 60_000;

function world(everyMs = 24 * HOUR) {
  const state = {
    status: {} as RefreshStatus,
    inUse: 'sha256:first',
    /** What the next refreshes do. */
    refresh: async (_signal?: AbortSignal): Promise<void> => {},
    onNew: async () => {
      state.inUse = state.status.digest ?? '';
    },
    waits: [] as number[],
    next: undefined as (() => void) | undefined,
    lines: [] as string[],
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const fresh = keepTrustFresh({
    trustRoot: { refresh: (signal) => state.refresh(signal), status: () => state.status },
    everyMs,
    inUse: () => state.inUse,
    onNew: () => state.onNew(),
    log: ({ level, message }) => state.lines.push(`${level} ${message}`),
    schedule: (run, ms) => {
      state.waits.push(ms);
      state.next = run;
      return () => {
        state.next = undefined;
      };
    },
  });
  const run = async () => {
    state.next?.();
    await settled();
  };
  return { state, fresh, settled, run };
}

describe('keeping the trusted root fresh', () => {
  test('begins at once, and goes on at the interval', async () => {
    const { state, settled, run, fresh } = world();
    await settled();
    await run();
    expect(state.waits).toEqual([24 * HOUR, 24 * HOUR]);
    expect(state.lines).toEqual([]);
    await fresh.stop();
    expect(state.next).toBeUndefined();
  });

  test('a new one is taken into use once', async () => {
    const { state, settled, run, fresh } = world();
    await settled();
    state.status = { digest: 'sha256:second' };
    await run();
    await run();
    expect(state.inUse).toBe('sha256:second');
    expect(state.lines).toEqual(['info trusted root taken into use']);
    await fresh.stop();
  });

  test('a failure is tried again soon, and ends nothing', async () => {
    const { state, settled, run, fresh } = world();
    await settled();
    state.refresh = () => Promise.reject(new Error('no network'));
    await run();
    await run();
    state.refresh = async () => {};
    await run();
    expect(state.waits).toEqual([24 * HOUR, RETRY_MS, RETRY_MS, 24 * HOUR]);
    await fresh.stop();
  });

  test('what another process kept is taken although the own refresh failed', async () => {
    const { state, settled, run, fresh } = world();
    await settled();
    state.refresh = () => Promise.reject(new Error('no network'));
    state.status = { digest: 'sha256:second' };
    await run();
    expect(state.inUse).toBe('sha256:second');
    await fresh.stop();
  });

  test('one that cannot be taken leaves the one before, and is tried again', async () => {
    const { state, settled, run, fresh } = world();
    await settled();
    const take = state.onNew;
    state.onNew = () => Promise.reject(new Error('a secret is gone'));
    state.status = { digest: 'sha256:second' };
    await run();
    expect(state.inUse).toBe('sha256:first');
    expect(state.lines).toEqual(['error trusted root not taken into use, the one before stays']);
    expect(state.waits.at(-1)).toBe(RETRY_MS);
    state.onNew = take;
    await run();
    expect(state.inUse).toBe('sha256:second');
    await fresh.stop();
  });

  test('stop gives up a refresh that is under way, and waits for its end', async () => {
    const { state, settled, fresh, run } = world();
    await settled();
    const ends: string[] = [];
    state.refresh = (signal) =>
      new Promise((_resolve, reject) =>
        signal?.addEventListener('abort', () => {
          ends.push('refresh');
          reject(new Error('given up'));
        }),
      );
    state.status = { digest: 'sha256:second' };
    const waits = state.waits.length;
    void run();
    await fresh.stop();
    ends.push('stopped');
    expect(ends).toEqual(['refresh', 'stopped']);
    expect(state.waits).toHaveLength(waits);
    expect(state.inUse).toBe('sha256:first');
  });
});
