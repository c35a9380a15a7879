/**
 * Where a refresh keeps what it learned, so that the next one starts from there. Implemented by the platform. Nothing in
 * it is believed: what is read is verified again from the configured TUF root on.
 */
export interface TufStore {
  /** The bytes under a name; undefined if there are none. */
  get(name: string): Promise<Uint8Array | undefined>;
  /** Replaces the bytes under a name as a whole: whoever reads gets the old ones or the new ones, never a part. */
  set(name: string, bytes: Uint8Array): Promise<void>;
}

/** A store that ends with the process. */
export function createMemoryTufStore(): TufStore {
  const kept = new Map<string, Uint8Array>();
  return {
    get: async (name) => kept.get(name),
    set: async (name, bytes) => {
      kept.set(name, bytes);
    },
  };
}
