import type { ObjectReader, Sleep } from '../admission/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Code } from '../base/codes.ts';
import type { Config } from '../config/index.ts';
import type { RegistryClient } from '../oci/index.ts';
import type { SignRequest, SignResult } from '../signing/index.ts';
import type { AuditLog } from '../state/index.ts';
import type { TagLister } from '../tag-lister.ts';
import type { VerdictCache } from '../verification/index.ts';
import type { Verifier } from '../verifier.ts';
import type { OidcFetch } from './oidc-keys.ts';

/** One structured line of the log. `error` is for the log only and never reaches a client. */
export interface LogRecord {
  level: 'info' | 'warn' | 'error';
  message: string;
  requestId?: string;
  error?: unknown;
  [field: string]: unknown;
}

/** Who asks for a signature, and under which request. */
export interface SignVisit {
  caller: string;
  requestId: string;
  signal: AbortSignal;
}

/** How fresh the trusted root is that is in use; for anyone to see. */
export interface TrustRootHealth {
  /** `sha256:…` of the trusted root. */
  digest: string;
  /** RFC 3339; null: it is the file of the configuration, no refresh went through yet. */
  refreshedAt: string | null;
  /** Until when its repository vouches for it. */
  expires: string | null;
  /** Code of the failure of the last try. */
  problem?: Code;
}

/** Everything the application needs from its platform. */
export interface AppDependencies {
  config: Config;
  client: RegistryClient;
  clock: Clock;
  /** A new unguessable id for a request or report. */
  newId: () => string;
  cache?: VerdictCache | undefined;
  /** Judges one chart; on Node those who ask the same at the same time share the answer, and all are bounded. */
  verify: Verifier;
  /** For ranges in objects of Kubernetes; shared and bounded alike. */
  listTags: TagLister;
  /** May requests wait for each other? Not in workerd. */
  shared?: boolean | undefined;
  /** Reads what objects of Kubernetes refer to. */
  reader?: ObjectReader | undefined;
  sleep: Sleep;
  /** Milliseconds that a request which is looked at now has waited unread; undefined: not known. */
  lagMs?: (() => number) | undefined;
  /** Reaches the issuers of tokens; checks addresses as for registries. */
  fetch: OidcFetch;
  /** Signs one chart. undefined: this service signs nothing. @throws ChartsealError `sign.*` and others of problem.ts */
  sign?: ((order: SignRequest, visit: SignVisit) => Promise<SignResult>) | undefined;
  /** undefined: no log is kept, as nothing is signed. */
  audit?: Pick<AuditLog, 'read' | 'head'> | undefined;
  /** What `/readyz` tells of a trusted root that is renewed. undefined: none is. */
  trustRoot?: (() => TrustRootHealth) | undefined;
  log: (record: LogRecord) => void;
  /** The address a request comes from, for the limit on anyone; undefined: unknown, all share one. */
  clientAddress: (request: Request, environment: unknown) => string | undefined;
  /**
   * Whom the verified client certificate of a connection names; undefined: it has none. Given only where connections
   * are asked for one.
   */
  clientOf?: ((environment: unknown) => string | undefined) | undefined;
  version: string;
}
