import type { Clock } from '../base/clock.ts';
import type { AuditRecord } from './audit.ts';
import { createAuditLog } from './create-audit-log.ts';
import type { LeaseStore } from './lease.ts';
import type { State } from './state.ts';

/**
 * A state that lasts as long as the process: for tests and for signing on the command line, where there is nobody to
 * wait for and the log is not kept.
 */
export function createMemoryState(options: { clock: Clock }): State {
  const records: AuditRecord[] = [];
  const audit = createAuditLog(
    {
      head: async () => records.at(-1),
      insert: async (record) => {
        if (record.seq !== records.length + 1) return false;
        records.push(structuredClone(record));
        return true;
      },
      read: async (after, limit) => structuredClone(records.slice(after, after + limit)),
    },
    { clock: options.clock, random: () => 0, sleep: async () => {}, oneAtATime: true },
  );
  return { audit, leases: memoryLeases(options.clock), close: async () => {} };
}

function memoryLeases(clock: Clock): LeaseStore {
  const held = new Map<string, { owner: string; until: number }>();
  return {
    acquire: async (key, owner, ttlMs) => {
      const other = held.get(key);
      if (other !== undefined && other.owner !== owner && clock() < other.until) return undefined;
      // The object is the proof: an older lease of the same owner has another one.
      const mine = { owner, until: clock() + ttlMs };
      held.set(key, mine);
      return {
        release: async () => {
          if (held.get(key) === mine) held.delete(key);
        },
        renew: async () => {
          if (held.get(key) !== mine || clock() >= mine.until) return false;
          mine.until = clock() + ttlMs;
          return true;
        },
      };
    },
  };
}
