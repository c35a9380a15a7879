import type { Clock } from '../base/clock.ts';
import { ChartsealError } from '../base/error.ts';
import {
  type AuditEntry,
  type AuditHead,
  type AuditLog,
  type AuditRecord,
  GENESIS,
  MAX_AUDIT_PAGE,
} from './audit.ts';
import { boundEntry } from './bound-entry.ts';
import { chainHash } from './chain-hash.ts';

/** Where records lie. Every method may throw ChartsealError audit.unavailable. */
export interface AuditStore {
  head(): Promise<AuditHead | undefined>;
  /**
   * One INSERT.
   * @returns false when its `seq` or `prev` is taken: then nothing was stored
   */
  insert(record: AuditRecord): Promise<boolean>;
  read(after: number, limit: number): Promise<AuditRecord[]>;
}

interface AuditLogOptions {
  clock: Clock;
  /** From 0 to below 1. */
  random: () => number;
  sleep: (ms: number) => Promise<void>;
  /** Most times that one record is tried. Default 40. */
  attempts?: number;
  /**
   * Appends of this process wait for each other, so that they contend only with other replicas. Not at the edge,
   * where one request may not wait for the work of another.
   */
  oneAtATime?: boolean;
}

const ATTEMPTS = 40;
// The longest wait doubles from the first to the last: 40 attempts take 4 s on the average, if the store answers at once.
const FIRST_WAIT_MS = 4;
const LONGEST_WAIT_MS = 250;

/**
 * The log over a store: numbers and chains records, tries again when another writer was faster. `seq` and `prev` are
 * unique in the store, so of two that build on the same head exactly one is stored, without a transaction.
 */
export function createAuditLog(store: AuditStore, options: AuditLogOptions): AuditLog {
  const attempts = options.attempts ?? ATTEMPTS;

  async function append(entry: AuditEntry): Promise<AuditHead> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (attempt > 0) {
        const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
        await options.sleep(Math.ceil(options.random() * longest));
      }
      const head = await store.head();
      const prev = head?.hash ?? GENESIS;
      const unchained = {
        ...entry,
        seq: (head?.seq ?? 0) + 1,
        time: new Date(options.clock()).toISOString(),
      };
      const record = { ...unchained, prev, hash: await chainHash(prev, unchained) };
      if (await store.insert(record)) return { seq: record.seq, hash: record.hash };
    }
    throw new ChartsealError(
      'audit.unavailable',
      `the audit log took no record in ${attempts} attempts, as others wrote to it`,
      { retryable: true },
    );
  }

  let last: Promise<unknown> = Promise.resolve();
  function appendInTurn(entry: AuditEntry): Promise<AuditHead> {
    const turn = last.then(() => append(entry));
    last = turn.catch(() => undefined);
    return turn;
  }

  return {
    append: async (entry) => (options.oneAtATime ? appendInTurn : append)(boundEntry(entry)),
    read: ({ after = 0, limit }) =>
      store.read(Math.max(0, Math.trunc(after)), Math.min(MAX_AUDIT_PAGE, Math.max(1, Math.trunc(limit)))),
    head: async () => {
      const head = await store.head();
      return head && { seq: head.seq, hash: head.hash };
    },
  };
}
