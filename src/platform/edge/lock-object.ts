// One Durable Object a lock: Cloudflare runs one instance of it in the world and hands it one event at a time while it
// waits for its storage, so what reads and then writes here is never interleaved with another request.
// (developers.cloudflare.com/durable-objects/reference/in-memory-state, "input gates")

/** The part of a Durable Object's state that is used; storage is that of a class listed in `new_sqlite_classes`. */
export interface LockObjectState {
  storage: {
    get<T>(key: string): Promise<T | undefined>;
    put(key: string, value: unknown): Promise<void>;
    deleteAll(): Promise<void>;
    setAlarm(time: number): Promise<void>;
    deleteAlarm(): Promise<void>;
  };
}

/** What a lock is asked, as JSON in a POST. */
export interface LockRequest {
  do: 'acquire' | 'renew' | 'release';
  owner: string;
  /** One acquisition, so that an older lease of the same owner does not pass for a newer one. */
  token: string;
  ttlMs: number;
}

interface Held {
  owner: string;
  token: string;
  /** Milliseconds since the epoch by the clock of the object, the only one there is. */
  until: number;
}

const KEY = 'held';

/** The lock behind one name. Asked by `durableLeases`; answers JSON `true` or `false`. */
export class LockObject {
  readonly #storage: LockObjectState['storage'];

  constructor(state: LockObjectState) {
    this.#storage = state.storage;
  }

  async fetch(request: Request): Promise<Response> {
    return Response.json(await this.#step(await request.json()));
  }

  /** Runs when a lease ends that nobody gave back: an object that holds nothing is stored nowhere. */
  async alarm(): Promise<void> {
    const held = await this.#storage.get<Held>(KEY);
    if (held !== undefined && this.now() < held.until) await this.#storage.setAlarm(held.until);
    else await this.#forget();
  }

  protected now(): number {
    return Date.now();
  }

  async #step({ do: what, owner, token, ttlMs }: LockRequest): Promise<boolean> {
    const held = await this.#storage.get<Held>(KEY);
    const now = this.now();
    const live = held !== undefined && now < held.until;
    const mine = held !== undefined && held.token === token;
    if (what === 'release') {
      if (mine) await this.#forget();
      return mine;
    }
    if (what === 'acquire' ? live && held.owner !== owner : !(live && mine)) return false;
    const until = now + ttlMs;
    await this.#storage.put(KEY, { owner, token, until } satisfies Held);
    await this.#storage.setAlarm(until);
    return true;
  }

  async #forget(): Promise<void> {
    await this.#storage.deleteAlarm();
    await this.#storage.deleteAll();
  }
}
