import { describe, expect, it } from 'vitest';
import { startDeadline, timeToJudge } from '../../src/admission/index.ts';

describe('how long judging may take', () => {
  it.each([
    ['5s', 4250],
    ['10s', 8500],
    ['30s', 28_000],
    ['1s', 700],
    ['500ms', 250],
    ['1m0s', 28_000],
    ['1.5s', 1200],
    ['2s500ms', 2125],
    [undefined, 8500],
    ['', 8500],
    ['5', 8500],
    ['-5s', 8500],
    ['0s', 8500],
    ['5s; drop', 8500],
    [`${'9'.repeat(39)}s`, 28_000],
    ['1s'.repeat(1000), 8500],
  ])('with timeout=%s: %d ms', (timeout, ms) => {
    expect(timeToJudge(timeout)).toBe(ms);
  });

  it('always leaves time for the answer', () => {
    for (let ms = 1; ms <= 40_000; ms += 7) {
      const whole = Math.min(ms, 30_000);
      const judging = timeToJudge(`${ms}ms`);
      expect(judging).toBeGreaterThan(0);
      expect(whole - judging).toBeGreaterThanOrEqual(Math.min(300, whole / 2));
    }
  });
});

/** A deadline whose time the test lets pass. */
function deadlineOf(gone?: AbortSignal) {
  const slept: { ms: number; end: () => void; stopped: boolean }[] = [];
  const deadline = startDeadline(4000, {
    clock: () => 1000,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const timer = { ms, end: resolve, stopped: false };
        slept.push(timer);
        signal.addEventListener('abort', () => {
          timer.stopped = true;
          resolve();
        });
      }),
    ...(gone === undefined ? {} : { gone }),
  });
  return { deadline, timer: slept[0] as (typeof slept)[0] };
}

const never = new Promise<never>(() => {});

describe('a deadline', () => {
  it('gives what is there in time, and undefined for what is not', async () => {
    const { deadline, timer } = deadlineOf();
    expect([timer.ms, deadline.atMs, deadline.isOver]).toEqual([4000, 5000, false]);
    expect(await deadline.race(Promise.resolve('there'))).toBe('there');
    await expect(deadline.race(Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    const late = deadline.race(never);
    timer.end();
    expect(await late).toBeUndefined();
    expect([deadline.isOver, deadline.signal.aborted]).toEqual([true, true]);
    expect(await deadline.race(Promise.reject(new Error('after the end')))).toBeUndefined();
  });

  it('is not told of the failure that giving up makes', async () => {
    const { deadline, timer } = deadlineOf();
    const work = new Promise<never>((_, reject) => {
      deadline.signal.addEventListener('abort', () => reject(new Error('given up')));
    });
    const raced = deadline.race(work);
    timer.end();
    expect(await raced).toBeUndefined();
  });

  it('ends when whoever asked has gone', async () => {
    const gone = new AbortController();
    const { deadline } = deadlineOf(gone.signal);
    const raced = deadline.race(never);
    gone.abort();
    expect(await raced).toBeUndefined();
    expect(deadlineOf(AbortSignal.abort()).deadline.isOver).toBe(true);
  });

  it('gives its timer back, and is not over by that', async () => {
    const { deadline, timer } = deadlineOf();
    deadline.stop();
    expect(timer.stopped).toBe(true);
    await Promise.resolve();
    expect([deadline.isOver, deadline.signal.aborted]).toEqual([false, false]);
  });
});
