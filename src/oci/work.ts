import type { Clock } from '../base/clock.ts';
import type { ClientMemory, Token } from './client-memory.ts';
import type { RegistryLimits } from './limits.ts';
import type { ClientOptions, Credentials } from './options.ts';
import type { Registries } from './registries.ts';
import type { Action } from './scope.ts';
import type { Slots } from './slots.ts';

/** What a session did. `requests` are those to registries, redirects and further tries included. */
export interface SessionStats {
  requests: number;
  tokenRequests: number;
  /** Body bytes read, decoded. */
  bytes: number;
}

/** How many requests may still be made. */
export interface Budget {
  requests: number;
}

/** What one session carries through all its requests. */
export interface Work {
  fetch: typeof fetch;
  clock: Clock;
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  random: () => number;
  credentialsFor: ClientOptions['credentialsFor'];
  limits: RegistryLimits;
  registries: Registries;
  memory: ClientMemory;
  /** Token requests under way in this session: those at the same time share one. */
  tokens: Map<string, Promise<Token>>;
  /** By registry host and repository: a credential helper is asked once a session. */
  credentials: Map<string, Promise<Credentials | undefined>>;
  slots: Slots;
  anonymous: boolean;
  /** What tokens are asked for; nothing is written by a session that pulls. */
  action: Action;
  noCache: boolean;
  signal: AbortSignal | undefined;
  /** Milliseconds since the epoch. */
  deadline: number;
  stats: SessionStats;
  /** Requests that may still be made, by this session and those that share the budget. */
  budget: Budget;
  /** Requests that the same work may still make elsewhere than at registries. */
  elsewhere: Budget;
}
