import { ChartsealError } from '../base/error.ts';
import { formatReference, type Manifest, type RegistrySession } from '../oci/index.ts';
import type { Lease } from '../state/index.ts';
import { readTarget } from './read-target.ts';
import type { OpenRecord } from './record-outcome.ts';
import { refuseBlocked } from './refuse-blocked.ts';
import type { Order, SignContext, SignTarget } from './task.ts';

/** Everything that one signature is made with. */
export interface Job {
  order: Order;
  context: SignContext;
  record: OpenRecord;
  target: SignTarget;
  /** The locks that are held: of the tag, of the digest, or of both. */
  leases: Lease[];
  /** A new piece of work at the registry: its deadline counts from now, its requests with those of the others. */
  open: () => RegistrySession;
}

/** A manifest that is signed, read or just made. */
export type ManifestBytes = Pick<Manifest, 'bytes' | 'digest' | 'mediaType'>;

/** Requests of one signature: more than a verification, as it writes, looks again, and may wait for other writers. */
const SIGN_REQUESTS = 200;

/**
 * Reads what is to be signed. Opened once the lock is held: a deadline counts from now, and the wait may have been long.
 * @throws ChartsealError `sign.digest_mismatch`, `sign.not_allowed` (blocked), `manifest.*`, `registry.*`
 */
export async function openJob(
  order: Order,
  context: SignContext,
  record: OpenRecord,
  lease?: Lease,
): Promise<Job> {
  const budget = { requests: SIGN_REQUESTS };
  const open = () =>
    context.client.session({
      action: order.request.dryRun ? 'pull' : 'push',
      noCache: true,
      budget,
      ...(context.signal === undefined ? {} : { signal: context.signal }),
    });
  const target = await readTarget(open(), order);
  record.before = target.manifest.digest;
  refuseBlocked(order, target, context);
  return { order, context, record, target, leases: lease === undefined ? [] : [lease], open };
}

/**
 * Holds all locks for as long again: before each write, and where services were waited for.
 * @throws ChartsealError `sign.locked` when one was lost
 */
export async function renewLeases({ leases, target }: Pick<Job, 'leases' | 'target'>): Promise<void> {
  for (const lease of leases) {
    if (await lease.renew()) continue;
    throw new ChartsealError('sign.locked', `the lock of ${formatReference(target.reference)} was lost`, {
      retryable: true,
    });
  }
}
