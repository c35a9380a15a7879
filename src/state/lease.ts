/** A lock that its holder has for a while. */
export interface Lease {
  /**
   * Gives it back, so that others need not wait for its end. Does nothing when it is held no more.
   * @throws ChartsealError lock.unavailable; the lease then ends by itself
   */
  release(): Promise<void>;
  /**
   * Holds it for as long again, counted from now. False: it ended or is another's, and what it protects must stop.
   * @throws ChartsealError lock.unavailable: whether it is still held is not known
   */
  renew(): Promise<boolean>;
}

/** Locks that all replicas of one service share. */
export interface LeaseStore {
  /**
   * Takes a lock unless another owner holds it. An owner that has it already gets a new lease, and its older one
   * ends: one owner is one piece of work, say a request id.
   * @param ttlMs how long it is held unless it is renewed, milliseconds, at least 1
   * @returns undefined when another owner has it
   * @throws ChartsealError lock.unavailable
   */
  acquire(key: string, owner: string, ttlMs: number): Promise<Lease | undefined>;
}
