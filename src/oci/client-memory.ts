import type { Challenge } from './challenge.ts';

/** A bearer token and until when it may be kept (milliseconds since the epoch). */
export interface Token {
  value: string;
  expires: number;
}

/**
 * What a client remembers between sessions: how registries ask for credentials, tokens that are still valid, and which
 * repositories have a referrers API. Data only: workerd does not let one request wait for another's promise.
 */
export interface ClientMemory {
  /** By registry host; with the repository the challenge was for, as its scope may name that. */
  challenges: Map<string, { challenge: Challenge; repository: string }>;
  tokens: Map<string, Token>;
  /** By origin and repository, as one host may serve several kinds; `until` in milliseconds since the epoch. */
  referrers: Map<string, { supported: boolean; until: number }>;
}

const MAX_ENTRIES = 1000;

export function createClientMemory(): ClientMemory {
  return { challenges: new Map(), tokens: new Map(), referrers: new Map() };
}

/** Keeps an entry; the oldest goes when there are too many. */
export function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > MAX_ENTRIES) {
    const [oldest] = map.keys();
    if (oldest !== undefined) map.delete(oldest);
  }
}
