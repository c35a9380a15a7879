import type { Clock } from '../base/clock.ts';
import type { Config } from '../config/index.ts';
import type { RegistryClient } from '../oci/index.ts';
import type { AuditHead, AuditLog } from '../state/index.ts';
import type { VerdictCache } from '../verification/index.ts';
import type { OidcFetch } from './oidc-keys.ts';

/** One structured line of the log. `error` is for the log only and never reaches a client. */
export interface LogRecord {
  level: 'info' | 'error';
  message: string;
  requestId?: string;
  error?: unknown;
  [field: string]: unknown;
}

/** One chart to be signed, as `POST /v1/sign` takes it: the `SignRequest` of src/sign.ts. */
export interface SignOrder {
  reference: string;
  version?: string | undefined;
  expectedDigest?: string | undefined;
  with: string[];
  mode?: 'attach' | 'detached' | undefined;
  replace?: boolean | undefined;
  refuseIfReferrers?: boolean | undefined;
  dryRun?: boolean | undefined;
}

/** Who asks for a signature, and under which request. */
export interface SignVisit {
  caller: string;
  requestId: string;
  signal: AbortSignal;
}

/** What became of it: the `SignResult` of src/sign.ts; sent as it is. */
export interface SignAnswer {
  reference: string;
  before: string;
  after: string | null;
  /** False: everything was there already (or it was a dry run), so nothing was written. */
  changed: boolean;
  dryRun: boolean;
  audit: AuditHead | null;
}

/** Everything the application needs from its platform. */
export interface AppDependencies {
  config: Config;
  client: RegistryClient;
  clock: Clock;
  /** A new unguessable id for a request or report. */
  newId: () => string;
  cache?: VerdictCache | undefined;
  /** Reaches the issuers of tokens; checks addresses as for registries. */
  fetch: OidcFetch;
  /** Signs one chart. undefined: this service signs nothing. @throws ChartsealError `sign.*` and others of problem.ts */
  sign?: ((order: SignOrder, visit: SignVisit) => Promise<SignAnswer>) | undefined;
  /** undefined: no log is kept, as nothing is signed. */
  audit?: Pick<AuditLog, 'read' | 'head'> | undefined;
  log: (record: LogRecord) => void;
  /** The address a request comes from, for the limit on anyone; undefined: unknown, all share one. */
  clientAddress: (request: Request, environment: unknown) => string | undefined;
  version: string;
}
