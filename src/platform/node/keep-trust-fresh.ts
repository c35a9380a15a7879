import type { AppDependencies } from '../../http/index.ts';
import type { TrustRoot } from '../trust-root.ts';

/** From a refresh that failed to the next try, unless refreshes are more frequent anyway; milliseconds. */
export const RETRY_MS = 15 * 60_000;

/** What {@link keepTrustFresh} takes. */
export interface KeepTrustFreshOptions {
  trustRoot: Pick<TrustRoot, 'refresh' | 'status'>;
  everyMs: number;
  /** Digest of the trusted root that the service uses now. */
  inUse: () => string | undefined;
  /** Has the service use the one that is kept. */
  onNew: () => Promise<void>;
  log: AppDependencies['log'];
  /** Calls a function later, without keeping the process alive for it; gives what forgets about it. */
  schedule?: (run: () => void, ms: number) => () => void;
}

/**
 * Refreshes the trusted root at once and then again and again, in the background. A failure ends nothing: it is in the
 * log, the last good one stays in use, and it is tried again.
 * @returns what ends it, after a refresh that is under way was given up
 */
export function keepTrustFresh(o: KeepTrustFreshOptions): { stop(): Promise<void> } {
  const schedule = o.schedule ?? later;
  const ended = new AbortController();
  let forget = () => {};
  let running: Promise<void> = Promise.resolve();

  async function once(): Promise<void> {
    let wait = Math.min(RETRY_MS, o.everyMs);
    try {
      await o.trustRoot.refresh(ended.signal);
      wait = o.everyMs;
    } catch {
      // The refresh has said so in the log.
    }
    if (ended.signal.aborted) return;
    // Also after a failure: what is kept may be newer than what is in use, by another process or an earlier try.
    const { digest } = o.trustRoot.status();
    if (digest !== undefined && digest !== o.inUse()) {
      try {
        await o.onNew();
        o.log({ level: 'info', message: 'trusted root taken into use', digest });
      } catch (error) {
        wait = Math.min(RETRY_MS, o.everyMs);
        o.log({
          level: 'error',
          message: 'trusted root not taken into use, the one before stays',
          digest,
          error,
        });
      }
    }
    if (!ended.signal.aborted) forget = schedule(start, wait);
  }

  function start(): void {
    running = once();
  }

  start();
  return {
    async stop() {
      ended.abort();
      forget();
      await running;
    },
  };
}

function later(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms);
  timer.unref();
  return () => clearTimeout(timer);
}
