import type { Clock } from '../base/clock.ts';

/** Waits so many milliseconds, or until the signal ends the waiting; never rejects. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** When an answer has to be on its way. */
export interface Deadline {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** Aborted when time is up, or whoever asked has gone. */
  readonly signal: AbortSignal;
  /** Is time up? */
  readonly isOver: boolean;
  /** The result, or undefined when it was not there in time. Rejects as the work does; late failures go unheard. */
  race<T>(work: Promise<T>): Promise<T | undefined>;
  /** Frees the timer. */
  stop(): void;
}

/** What an API server waits when its webhook says nothing: timeoutSeconds of admissionregistration.k8s.io/v1. */
export const DEFAULT_REVIEW_MS = 10_000;
/** The longest timeoutSeconds. */
const MAX_REVIEW_MS = 30_000;

const UNITS: Record<string, number> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  ns: 0.000_001,
};

/**
 * How long judging may take, from the `timeout` of a request's query, which API servers write as Go does (`5s`). A part
 * is kept back for the way of request and answer and for what is done beside judging: 15 %, at least 300 ms and at most
 * 2 s, but no more than half.
 * @param standard milliseconds for a request without a timeout, or with one that cannot be read
 */
export function timeToJudge(timeout: string | undefined, standard: number = DEFAULT_REVIEW_MS): number {
  const given = timeout === undefined ? undefined : readDuration(timeout);
  const whole = Math.min(given ?? standard, MAX_REVIEW_MS);
  return whole - Math.min(whole / 2, Math.max(300, Math.min(2000, whole * 0.15)));
}

/** Starts the time. @param gone aborted when whoever asked waits no longer */
export function startDeadline(
  ms: number,
  options: { clock: Clock; sleep: Sleep; gone?: AbortSignal },
): Deadline {
  const { clock, sleep, gone } = options;
  const work = new AbortController();
  const timer = new AbortController();
  let isOver = false;
  const over = new Promise<undefined>((resolve) => {
    const end = () => {
      if (timer.signal.aborted) return;
      isOver = true;
      resolve(undefined);
      // What still runs is told last, so that its failure does not come before the word that time is up.
      work.abort();
    };
    void sleep(ms, timer.signal).then(end);
    if (gone?.aborted) end();
    else gone?.addEventListener('abort', end, { once: true, signal: timer.signal });
  });
  return {
    atMs: clock() + ms,
    signal: work.signal,
    get isOver() {
      return isOver;
    },
    race(promise) {
      promise.catch(() => {});
      return isOver ? Promise.resolve(undefined) : Promise.race([promise, over]);
    },
    stop: () => timer.abort(),
  };
}

// Go's time.ParseDuration without a sign.
function readDuration(text: string): number | undefined {
  if (text.length > 40 || !/^(?:\d+(?:\.\d*)?(?:h|ms|m|s|us|µs|ns))+$/.test(text)) return undefined;
  let ms = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d*)?)(h|ms|m|s|us|µs|ns)/g)) {
    ms += Number(number) * (UNITS[unit ?? ''] ?? 0);
  }
  return ms > 0 ? ms : undefined;
}
