import { toHex } from '../base/hex.ts';
import { sha256 } from '../base/sha256.ts';
import type { Digest, Reference } from '../oci/index.ts';
import type { Lease } from '../state/index.ts';
import { holdLease } from './hold-lease.ts';
import type { Job } from './job.ts';
import { auditKey } from './read-order.ts';
import type { SignContext } from './task.ts';

// What signers of one service must not do at the same time: move one tag; sign one chart by one signer, which takes as long
// as services of sigstore take; write one list of referrers, which does not. Whoever needs several takes them in this order,
// those of signers sorted, so that nobody waits in a circle.

/** Holds a tag while the work goes on. */
export function lockTag<T>(
  reference: Reference,
  context: SignContext,
  work: (lease: Lease) => Promise<T>,
): Promise<T> {
  return holdLease(`${nameOf(reference)}:${reference.tag}`, context, work);
}

/** Lets nobody else sign the manifest by a signer of the order, so that what is found missing is not signed twice. */
export async function lockSigners<T>(
  job: Job,
  digest: Digest,
  work: (locked: Job) => Promise<T>,
): Promise<T> {
  const { order, target, context } = job;
  // Hashed, as an identity is as long as whoever asks likes.
  const names = order.signers.map((entry) => shortHash(auditKey(entry, order.identity).fingerprint));
  const who = await Promise.all(names);
  const lock = (locked: Job, [next, ...rest]: string[]): Promise<T> =>
    next === undefined
      ? work(locked)
      : holdLease(`${nameOf(target.reference)}@${digest} ${next}`, context, (lease) =>
          lock({ ...locked, leases: [...locked.leases, lease] }, rest),
        );
  return lock(job, [...new Set(who)].sort());
}

/** Lets nobody else write what refers to the manifest, in its list and under its legacy tag. */
export function lockReferrers<T>(job: Job, digest: Digest, work: (locked: Job) => Promise<T>): Promise<T> {
  return holdLease(`${nameOf(job.target.reference)}@${digest}`, job.context, (lease) =>
    work({ ...job, leases: [...job.leases, lease] }),
  );
}

async function shortHash(text: string): Promise<string> {
  return toHex((await sha256(new TextEncoder().encode(text))).subarray(0, 16));
}

function nameOf({ host, repository }: Reference): string {
  return `${host}/${repository}`;
}
