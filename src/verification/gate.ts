import type { Clock } from '../base/clock.ts';
import { ChartsealError } from '../base/error.ts';
import type { Config } from '../config/index.ts';

/** Bounds how many verifications are under way at the same time, in all and for each registry. */
export interface Gate {
  /**
   * Waits for a turn.
   * @param registry whose verifications count together
   * @returns what must be called when the verification is over
   * @throws ChartsealError `limit.load` at once when too many wait already or the turn would come after the deadline;
   *   `registry.cancelled` when the signal aborts the waiting
   */
  enter(registry: string, options?: EnterOptions): Promise<() => void>;
}

interface EnterOptions {
  signal?: AbortSignal | undefined;
  /** Milliseconds since the epoch; undefined: waits as long as it takes. */
  deadlineMs?: number | undefined;
}

export interface GateLimits {
  /** In all. */
  inFlight: number;
  /** For one registry, so that one that is slow does not take the turns of all others. */
  inFlightPerRegistry: number;
  /** Most that wait, in all; one registry gets its share of that, as of the turns. */
  waiting: number;
}

interface Waiting {
  enter: () => void;
}

interface Lane {
  running: number;
  queue: Waiting[];
  /** How long a verification took lately, in milliseconds; 0: not known yet. */
  average: number;
}

/** How much the latest verification counts in the average. */
const WEIGHT = 0.2;

/**
 * Makes a gate for one Node process. (Not for workerd, where no request may wait for another, and where one that is
 * given up never runs its end.)
 */
export function createGate(limits: GateLimits, clock: Clock): Gate {
  const { inFlight, waiting } = limits;
  const perRegistry = Math.min(limits.inFlightPerRegistry, inFlight);
  const waitingPerRegistry = Math.ceil((waiting * perRegistry) / inFlight);
  const lanes = new Map<string, Lane>();
  let running = 0;
  let queued = 0;

  const laneOf = (registry: string): Lane => {
    const lane = lanes.get(registry) ?? { running: 0, queue: [], average: 0 };
    lanes.set(registry, lane);
    return lane;
  };
  const mayRun = (lane: Lane) => running < inFlight && lane.running < perRegistry;

  const begin = (lane: Lane): (() => void) => {
    running++;
    lane.running++;
    const startedAt = clock();
    let over = false;
    return () => {
      if (over) return;
      over = true;
      running--;
      lane.running--;
      const took = Math.max(0, clock() - startedAt);
      lane.average = lane.average === 0 ? took : lane.average + WEIGHT * (took - lane.average);
      letIn();
    };
  };
  // The lanes take turns: those that ran last go to the end of the map.
  const letIn = (): void => {
    for (const [name, lane] of [...lanes]) {
      if (running >= inFlight || queued === 0) return;
      const next = mayRun(lane) ? lane.queue.shift() : undefined;
      if (next === undefined) continue;
      queued--;
      lanes.delete(name);
      lanes.set(name, lane);
      next.enter();
    }
  };

  return {
    enter(registry, { signal, deadlineMs } = {}) {
      const lane = laneOf(registry);
      if (signal?.aborted) return Promise.reject(cancelled(registry));
      if (mayRun(lane)) return Promise.resolve(begin(lane));
      if (queued >= waiting || lane.queue.length >= waitingPerRegistry) {
        return Promise.reject(overloaded(`${queued} verifications wait already`));
      }
      const wait = (lane.average * (lane.queue.length + 1)) / perRegistry;
      if (deadlineMs !== undefined && clock() + wait > deadlineMs) {
        return Promise.reject(overloaded(`its turn would come in about ${Math.round(wait)} ms, too late`));
      }
      return new Promise((resolve, reject) => {
        const item: Waiting = {
          enter() {
            signal?.removeEventListener('abort', leave);
            resolve(begin(lane));
          },
        };
        const leave = (): void => {
          const at = lane.queue.indexOf(item);
          if (at === -1) return;
          lane.queue.splice(at, 1);
          queued--;
          reject(cancelled(registry));
        };
        signal?.addEventListener('abort', leave, { once: true });
        lane.queue.push(item);
        queued++;
      });
    },
  };
}

/**
 * Whose turns a registry takes: its own, or those that all hosts share which a wildcard stands for. Whoever names such
 * hosts could name as many as there are turns.
 */
export function turnOf(config: Config, host: string): string {
  return config.registries.some((entry) => entry.host === host) ? host : '*';
}

function overloaded(why: string): ChartsealError {
  return new ChartsealError('limit.load', `the service is busy: ${why}`, { retryable: true, retryAfter: 1 });
}

function cancelled(registry: string): ChartsealError {
  return new ChartsealError('registry.cancelled', `registry ${registry}: given up while waiting for a turn`, {
    retryable: true,
  });
}
