import type { LeaseStore } from '../../state/index.ts';
import { guarded } from '../state/failure.ts';
import type { LockRequest } from './lock-object.ts';

/** The part of a Durable Object namespace that is used. */
export interface LockNamespace {
  idFromName(name: string): unknown;
  // biome-ignore lint/suspicious/noExplicitAny: the id is the runtime's own class, which only it can make
  get(id: any): {
    fetch(
      url: string,
      init: { method: string; body: string },
    ): Promise<{ ok: boolean; json(): Promise<unknown> }>;
  };
}

/** Leases at the edge: each key is a Durable Object of the class `LockObject`. */
export function durableLeases(namespace: LockNamespace): LeaseStore {
  async function ask(key: string, request: LockRequest): Promise<boolean> {
    return guarded('lock.unavailable', async () => {
      const lock = namespace.get(namespace.idFromName(key));
      // The host is never looked up: the runtime hands the request to the object.
      const answer = await lock.fetch('https://lock.internal/', {
        method: 'POST',
        body: JSON.stringify(request),
      });
      if (!answer.ok) throw new Error('the lock answered with an error');
      return (await answer.json()) === true;
    });
  }
  return {
    acquire: async (key, owner, ttlMs) => {
      const lease = { owner, token: crypto.randomUUID(), ttlMs };
      if (!(await ask(key, { do: 'acquire', ...lease }))) return undefined;
      return {
        release: async () => {
          await ask(key, { do: 'release', ...lease });
        },
        renew: () => ask(key, { do: 'renew', ...lease }),
      };
    },
  };
}
