import { ChartsealError } from '../base/error.ts';
import { raceAbort } from '../base/race-abort.ts';
import type { Work } from './work.ts';

/** Ends work that takes too long or is no longer wanted. */
interface Guard {
  signal: AbortSignal;
  /** Settles as the promise does, or rejects as soon as the guard ends the work, whatever the promise then does. */
  race<T>(promise: Promise<T>): Promise<T>;
  stop(): void;
}

/**
 * Starts a timer of `ms`, shortened to what is left of the session.
 * @param what the object, for the message: "registry HOST, …"
 */
export function startGuard(work: Work, what: string, ms: number): Guard {
  const left = work.deadline - work.clock();
  const controller = new AbortController();
  const fail = (error: ChartsealError) => controller.abort(error);
  const timer = setTimeout(
    () => fail(timedOut(what, Math.min(ms, left), left <= ms)),
    Math.max(0, Math.min(ms, left)),
  );
  const onAbort = () => fail(cancelled(what));
  work.signal?.addEventListener('abort', onAbort, { once: true });
  if (work.signal?.aborted) onAbort();
  else if (left <= 0) fail(timedOut(what, 0, true));
  return {
    signal: controller.signal,
    race: (promise) => raceAbort(promise, controller.signal),
    stop() {
      clearTimeout(timer);
      work.signal?.removeEventListener('abort', onAbort);
    },
  };
}

function timedOut(what: string, ms: number, overall: boolean): ChartsealError {
  const limit = overall ? 'overallTimeoutMs' : 'requestTimeoutMs';
  const after = overall ? 'before the overall deadline' : `within ${Math.round(ms)} ms`;
  return new ChartsealError('registry.timeout', `${what}: no complete answer ${after}`, {
    retryable: true,
    help: `Try again; raise ${limit} if the registry is always slow.`,
  });
}

function cancelled(what: string): ChartsealError {
  return new ChartsealError('registry.cancelled', `${what}: given up before it was answered`, {
    retryable: true,
  });
}
