import { ChartsealError } from '../base/error.ts';
import type { Lease } from '../state/index.ts';
import type { SignContext } from './task.ts';

/** How long a signer may be silent before another takes over, milliseconds. */
const LEASE_MS = 60_000;
/** How long a signer waits for the one before it, in tries of about this many milliseconds. */
const WAIT_MS = 100;
const TRIES = 200;

/**
 * Does the work while holding the lock of one tag, which orders all signers of a service and its replicas.
 * @throws ChartsealError `sign.locked` (retryable) when others hold it too long; what the work throws
 */
export async function holdLease<T>(
  key: string,
  context: SignContext,
  work: (lease: Lease) => Promise<T>,
): Promise<T> {
  const lease = await acquire(key, context);
  try {
    return await work(lease);
  } finally {
    // A lease that cannot be given back ends by itself; the answer does not depend on it.
    await lease.release().catch(() => undefined);
  }
}

async function acquire(key: string, context: SignContext): Promise<Lease> {
  // Not the request id, which a caller may choose, and which several charts of one request share.
  const owner = context.newId();
  for (let tries = 0; tries < TRIES; tries++) {
    const lease = await context.leases.acquire(key, owner, context.leaseMs ?? LEASE_MS);
    if (lease !== undefined) return lease;
    if (context.signal?.aborted) break;
    await context.sleep(WAIT_MS);
  }
  throw new ChartsealError('sign.locked', `another signer works on ${key}`, { retryable: true });
}
