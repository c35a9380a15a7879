import type { Clock } from '../base/clock.ts';
import type { Digest } from '../oci/digest.ts';

/**
 * Which requests a switch is about. A regular expression is tried on `METHOD /path?query`, like
 * `GET /v2/charts/app/manifests/1.2.3`; `true` means every request below `/v2/` (never the token service, which a
 * regular expression can name). With `times` the switch works that often and is then off.
 */
export type Match = true | RegExp | { match?: RegExp; times?: number };

/** A user of the registry, by the `Authorization: Basic` header. */
interface BasicAuth {
  basic: { user: string; password: string };
}

/** Bearer tokens, given by a token service that the same registry plays (see {@link MemoryRegistry.fetch}). */
export interface TokenAuth {
  token: {
    /** Address of the token service, like `https://auth.test/token`. */
    realm: string;
    service: string;
    /** Name and password of each user. Without it anyone gets a token for anything. */
    users?: Record<string, string>;
    /** May a token be had without credentials? Default: only when there are no `users`. */
    anonymous?: boolean;
    /** Identity (refresh) tokens taken by POST. */
    identityTokens?: string[];
    /** Name of the field that holds the token. Default `token`. */
    issue?: 'token' | 'access_token' | 'both';
    /** Seconds a token is taken after it was issued. Default 300. */
    lifetime?: number;
    /** What `expires_in` says: seconds, or false to leave it out. Default: the truth. */
    expiresIn?: number | false;
    /** Is POST (OAuth2) answered? Default false: 404. */
    post?: boolean;
    /** Is GET answered? Default true. */
    get?: boolean;
    /** The whole WWW-Authenticate header instead of the usual one; `{scope}` is replaced. */
    challenge?: string;
  };
}

/** The ways of real and of bad registries. Every one can be set and taken away at any time. */
export interface Quirks {
  auth?: BasicAuth | TokenAuth | undefined;
  /** No referrers API and no OCI-Subject, as GHCR, GitLab, distribution. */
  noReferrers?: boolean | undefined;
  /** No Docker-Content-Digest. */
  noDigestHeader?: boolean | undefined;
  /** OCI-Subject is sent, but there is no referrers API, as ECR once (sigstore-js#1183). */
  subjectWithoutReferrers?: boolean | undefined;
  /** The tag `sha256-<hex>` leads to the manifest of that digest unless something else has it, as GitLab (oras-go#1396). */
  fallbackTagIsSubject?: boolean | undefined;
  /** Another writer overwrites a fallback index with one it made from what was there before. */
  loseFallbackRace?: Match | undefined;
  /** The referrers API tells the type of the config in place of artifactType, as go-containerregistry and GHCR. */
  configAsArtifactType?: boolean | undefined;
  /** Most referrers on a page; without it all are on one. */
  referrersPageSize?: number | undefined;
  /** If-Match of a PUT is judged. Without it, it is ignored, as by every registry that was measured. */
  honourIfMatch?: boolean | undefined;
  /** No answer to HEAD but 405. */
  noHead?: boolean | undefined;
  /** 404 for a manifest whose media type the request does not accept, as distribution. */
  strictAccept?: boolean | undefined;
  /** Content-Encoding: gzip, whatever was accepted. */
  gzip?: Match | undefined;
  /** Most tags on a page, whatever `n` asks. */
  pageSize?: number | undefined;
  /** What stands before `/v2/` in the Link of a further page, as `/repository/<its name>` of Nexus (nexus-public#1011). */
  linkPrefix?: string | undefined;
  /** The Location of an upload as a whole address instead of a path. */
  absoluteLocations?: boolean | undefined;
  /** The Location of an upload, in which `{path}` is the right path with its query. */
  uploadLocation?: string | undefined;
  /** Milliseconds before each answer, counted by the `sleep` of the options. */
  latencyMs?: number | undefined;
  /** Never answers; ends only when the request is aborted. */
  stall?: Match | undefined;
  /** Sends the first `firstBytes` (default 1) of a body, the rest when `release` is fulfilled; never without it. */
  slowBody?: { match?: RegExp; times?: number; firstBytes?: number; release?: Promise<unknown> } | undefined;
  /** The body ends after `bytes` (default: the half) while Content-Length names all. */
  truncate?: { match?: RegExp; times?: number; bytes?: number } | undefined;
  /** Content-Length differs from the body by `delta` (default +1). */
  wrongContentLength?: { match?: RegExp; times?: number; delta?: number } | undefined;
  /** An error instead of an answer. `retryAfter` is the header's value; `body` is the text of it. */
  status?: StatusQuirk | StatusQuirk[] | undefined;
  /** One byte of the body differs; all headers are those of the right one. */
  wrongBytes?: Match | undefined;
  /** A body without end and without Content-Length. */
  oversize?: Match | undefined;
  /** Redirects to `to` (a text in which `{path}` is path and query, or a function of the request's URL). */
  redirect?: RedirectQuirk | RedirectQuirk[] | undefined;
  /** A tag that exists is not moved; refused in the words of the registry named. ECR refuses the same digest too. */
  immutableTags?: 'docker' | 'harbor' | 'ecr' | 'google' | 'azure' | 'quay' | undefined;
  /** The connection breaks before the answer: a TypeError, as fetch gives it (a closed socket when served). */
  reset?: Match | undefined;
  /** The connection breaks after the request was done: its answer is lost. */
  loseAnswer?: Match | undefined;
}

interface StatusQuirk {
  match?: RegExp;
  times?: number;
  status: number;
  retryAfter?: string | number;
  headers?: Record<string, string>;
  body?: string;
}

interface RedirectQuirk {
  match?: RegExp;
  times?: number;
  to: string | ((url: URL) => string);
  /** Default 307. */
  status?: number;
}

/** One request as it arrived. Header names are in lower case. */
export interface LoggedRequest {
  kind: 'registry' | 'token';
  method: string;
  url: string;
  /** Path and query. */
  path: string;
  headers: Record<string, string>;
  /** The form sent to the token service. */
  form?: Record<string, string>;
}

/** A chart as `helm push` has it. */
export interface ChartPush {
  archive: Uint8Array;
  prov?: Uint8Array;
  /**
   * The config: fields of Chart.yaml (written in Helm's order, unknown ones left out), or the bytes themselves.
   * Default: name and version by repository and tag.
   */
  config?: Record<string, unknown> | Uint8Array;
  /** Added to the annotations that Helm writes; `undefined` takes one away. */
  annotations?: Record<string, string | undefined>;
  /** RFC 3339, the annotation `created`. Default: the clock. */
  created?: string;
  /** Changes the manifest before it is written and hashed. */
  mutate?: (manifest: HelmManifest) => void;
}

/** What a push left in the registry. */
export interface PushedChart {
  digest: Digest;
  /** The manifest as stored. */
  bytes: Uint8Array;
  config: Digest;
  archive: Digest;
  prov?: Digest;
}

/** The descriptor of a blob, in the order in which Go writes it. */
interface BlobDescriptor {
  mediaType: string;
  digest: string;
  size: number;
  annotations?: Record<string, string>;
  artifactType?: string;
  [more: string]: unknown;
}

/** The manifest of a chart before it is written; `mutate` may put anything else into it. */
export interface HelmManifest {
  schemaVersion: number;
  config: BlobDescriptor;
  layers: BlobDescriptor[];
  annotations?: Record<string, string>;
  [more: string]: unknown;
}

export interface MemoryRegistryOptions {
  /** Host and port shown by `registry.host`. Default `registry.test`. */
  host?: string;
  /** Tells when tokens expire. Default: time stands still. */
  clock?: Clock;
  /** Waits for `latencyMs`. Default: a timer. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A registry that lives in memory. */
export interface MemoryRegistry {
  readonly host: string;
  /** Settable at any time, as a whole or field by field. */
  quirks: Quirks;
  /** Every request since the start or the last `reset()`, in order. */
  readonly requests: LoggedRequest[];
  /**
   * Answers any request whatever its host: `/v2/…`, and the path of the token service's `realm` when token
   * authentication is on. Rejects as fetch does for `reset` and for aborted requests.
   */
  fetch(request: Request): Promise<Response>;
  /** How many requests were logged whose `METHOD /path?query` the expression finds; all to `/v2/` without one. */
  count(match?: RegExp): number;
  putBlob(repository: string, bytes: Uint8Array): Promise<Digest>;
  /** Objects are written as JSON. Nothing is checked: what the manifest names may be missing. */
  putManifest(
    repository: string,
    tagOrDigest: string | undefined,
    manifest: Uint8Array | object,
    mediaType?: string,
  ): Promise<Digest>;
  pushChart(repository: string, tag: string | undefined, chart: ChartPush): Promise<PushedChart>;
  getBlob(repository: string, digest: string): Uint8Array | undefined;
  /** The manifest behind a tag or digest. */
  getManifest(
    repository: string,
    tagOrDigest: string,
  ): { bytes: Uint8Array; digest: Digest; mediaType: string } | undefined;
  tags(repository: string): string[];
  /** Removes a blob, manifest (by digest) or tag. */
  remove(repository: string, tagOrDigest: string): void;
  /** Forgets log, quirks and tokens; keeps what was pushed. */
  reset(): void;
}
