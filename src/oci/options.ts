import type { Clock } from '../base/clock.ts';
import type { RegistryLimits } from './limits.ts';

/** What proves to a registry who asks. */
export type Credentials =
  | { kind: 'basic'; username: string; password: string }
  | { kind: 'identityToken'; token: string };

/** A registry that may be asked. */
export interface RegistryOptions {
  /** Host with optional port, `*.example.com` (any host below) or `*` (any public host); the latter two without credentials. */
  host: string;
  /** Spoken to without TLS. Refused unless written. */
  plainHttp?: boolean;
  credentials?: Credentials;
  /** Only these hosts (beside the registry's own) may be redirected to; `http://host:port` allows plain HTTP. */
  redirectHosts?: string[];
  /** Only these hosts (beside the registry's own) may give tokens; `http://host:port` allows plain HTTP. */
  tokenHosts?: string[];
}

/** What `createRegistryClient` takes. */
export interface ClientOptions {
  /** Decodes Content-Encoding, as the platforms' fetch does. Called with `redirect: 'manual'` and a FetchHint. */
  fetch: typeof fetch;
  clock: Clock;
  registries: RegistryOptions[];
  /** Asked for a written-out registry that has no `credentials`; never for wildcards or anonymous sessions. */
  credentialsFor?: (host: string, repository: string) => Promise<Credentials | undefined>;
  limits?: Partial<RegistryLimits>;
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  random?: () => number;
  addressGuard?: 'literal';
}
