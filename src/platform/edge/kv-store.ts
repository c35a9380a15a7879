import { ChartsealError } from '../../base/error.ts';
import type { TufStore } from '../../sigstore/tuf/index.ts';

/** The part of a KV namespace that is used. */
export interface KvNamespace {
  get(key: string, type: 'arrayBuffer'): Promise<ArrayBuffer | null>;
  put(key: string, value: ArrayBuffer): Promise<void>;
}

/**
 * What a refresh keeps, in a KV namespace: one value, written at most once a refresh (KV takes one write a second for a
 * key). Other places see a new value within a minute; until then they see the old one, which is whole as well.
 */
export function kvStore(namespace: KvNamespace): TufStore {
  return {
    async get(name) {
      try {
        const value = await namespace.get(name, 'arrayBuffer');
        return value === null ? undefined : new Uint8Array(value);
      } catch (cause) {
        throw unavailable('read', cause);
      }
    },
    async set(name, bytes) {
      try {
        await namespace.put(name, new Uint8Array(bytes).buffer);
      } catch (cause) {
        throw unavailable('written', cause);
      }
    },
  };
}

function unavailable(what: string, cause: unknown): ChartsealError {
  return new ChartsealError('tuf.store_unavailable', `the KV namespace TRUST cannot be ${what}`, {
    retryable: true,
    cause,
  });
}
