import type { Clock } from '../base/clock.ts';
import type { Config } from '../config/index.ts';
import type { RegistryClient } from '../oci/index.ts';
import type { VerdictCache } from '../verification/index.ts';

/** One structured line of the log. `error` is for the log only and never reaches a client. */
export interface LogRecord {
  level: 'info' | 'error';
  message: string;
  requestId?: string;
  error?: unknown;
  [field: string]: unknown;
}

/** Everything the application needs from its platform. */
export interface AppDependencies {
  config: Config;
  client: RegistryClient;
  clock: Clock;
  /** A new unguessable id for a request or report. */
  newId: () => string;
  cache?: VerdictCache | undefined;
  log: (record: LogRecord) => void;
  /** The address a request comes from, for the limit on anyone; undefined: unknown, all share one. */
  clientAddress: (request: Request, environment: unknown) => string | undefined;
  version: string;
}
