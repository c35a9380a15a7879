/** How late this process is with its work. */
interface LagWatch {
  /** Milliseconds by which timers fire late; what arrives now has waited about as long already. */
  lagMs(): number;
  stop(): void;
}

const EVERY_MS = 100;

/**
 * Watches how late timers of this process fire. Under more load than the processor takes, requests wait unread; nothing
 * else in the process can tell for how long.
 * @param now milliseconds of a clock that only goes forward
 */
export function watchLag(now: () => number = () => performance.now()): LagWatch {
  let due = now() + EVERY_MS;
  let last = 0;
  const timer = setInterval(() => {
    const at = now();
    last = Math.max(0, at - due);
    due = at + EVERY_MS;
  }, EVERY_MS).unref();
  return {
    lagMs: () => Math.round(Math.max(last, now() - due, 0)),
    stop: () => clearInterval(timer),
  };
}
