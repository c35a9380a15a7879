import type { createLocalJWKSet } from 'jose';
import type { Clock } from '../base/clock.ts';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { isLoopback } from '../config/index.ts';
import { isSpecialHost, type RegistryRequestInit } from '../oci/index.ts';
import { fetchJson } from './fetch-json.ts';

export type OidcFetch = (url: string, init?: RegistryRequestInit) => Promise<Response>;
type KeySet = ReturnType<typeof createLocalJWKSet>;

/** Bounds of what an issuer may send and how often it is asked; times in milliseconds. */
const OIDC_LIMITS = {
  discoveryBytes: 64 * 1024,
  jwksBytes: 256 * 1024,
  /** Keys in one set. */
  keys: 100,
  /** Discovery and keys together. */
  timeoutMs: 8000,
  /** How long keys are believed. */
  maxAgeMs: 10 * 60_000,
  /** From one look for a key that was not there to the next. */
  unknownKeyMs: 30_000,
  /** From a failure to the next try. */
  failureMs: 5000,
  /** Tries at the same time: requests do not wait for each other's, which workerd forbids. */
  loads: 64,
};

/** The keys of one issuer. */
export interface IssuerKeys {
  /** Those at hand while they are fresh, else those the issuer has now. @throws ChartsealError `oidc.unavailable` */
  current(): Promise<KeySet>;
  /** Those the issuer has now; undefined if it was asked a short while ago. @throws ChartsealError `oidc.unavailable` */
  renewed(): Promise<KeySet | undefined>;
}

/**
 * Finds the keys of an issuer by OpenID Connect Discovery 1.0 and remembers them. The issuer's host is written in the
 * configuration, so it may be private; a `jwks_uri` elsewhere must be https and public.
 */
export function createIssuerKeys(o: { issuer: string; fetch: OidcFetch; clock: Clock }): IssuerKeys {
  const { issuer, clock } = o;
  const home = new URL(issuer);
  let keys: { set: KeySet; at: number } | undefined;
  let failure: { error: ChartsealError; at: number } | undefined;
  let looked = Number.NEGATIVE_INFINITY;
  let loading = 0;

  const load = async (): Promise<KeySet> => {
    const since = failure === undefined ? undefined : clock() - failure.at;
    if (failure !== undefined && since !== undefined && since >= 0 && since < OIDC_LIMITS.failureMs) {
      throw failure.error;
    }
    if (loading >= OIDC_LIMITS.loads) throw unavailable(issuer, 'too many are asking it already');
    loading++;
    const controller = new AbortController();
    const timer = setTimeout(
      () => controller.abort(new Error(`no complete answer within ${OIDC_LIMITS.timeoutMs} ms`)),
      OIDC_LIMITS.timeoutMs,
    );
    try {
      const set = await discover(issuer, home, o.fetch, controller.signal);
      keys = { set, at: clock() };
      failure = undefined;
      return set;
    } catch (cause) {
      const error = unavailable(issuer, reasonOf(cause), cause);
      failure = { error, at: clock() };
      throw error;
    } finally {
      clearTimeout(timer);
      loading--;
    }
  };

  return {
    async current() {
      const age = keys === undefined ? Number.NaN : clock() - keys.at;
      if (keys !== undefined && age >= 0 && age < OIDC_LIMITS.maxAgeMs) return keys.set;
      return load();
    },
    async renewed() {
      const age = clock() - Math.max(looked, keys?.at ?? looked);
      if (age >= 0 && age < OIDC_LIMITS.unknownKeyMs) return undefined;
      looked = clock();
      return load();
    },
  };
}

async function discover(issuer: string, home: URL, fetch: OidcFetch, signal: AbortSignal): Promise<KeySet> {
  const where = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const read = (url: URL, what: string, maxBytes: number) => {
    const chartseal = { mayBePrivate: url.host === home.host, host: url.host };
    const init: RegistryRequestInit = {
      headers: { accept: 'application/json' },
      redirect: 'manual',
      signal,
      chartseal,
    };
    return fetchJson((at) => fetch(at, init), url, { what, maxBytes, signal });
  };
  const document = await read(where, 'its discovery document', OIDC_LIMITS.discoveryBytes);
  // Section 4.3: "MUST be identical"; else another issuer's document could stand in for it.
  if (document.issuer !== issuer) throw new Error('its discovery document is that of another issuer');
  const body = await read(keysUrl(document.jwks_uri, home), 'its key set', OIDC_LIMITS.jwksBytes);
  const { createLocalJWKSet } = await import('jose');
  const list = Array.isArray(body.keys) ? body.keys : undefined;
  if (list === undefined) throw new Error('its key set has no keys');
  if (list.length > OIDC_LIMITS.keys) throw new Error(`its key set has more than ${OIDC_LIMITS.keys} keys`);
  // Only public keys for signatures; whatever else is there must not get into the choice.
  const usable = list.filter(
    (key) =>
      key !== null &&
      typeof key === 'object' &&
      ['RSA', 'EC', 'OKP'].includes(key.kty) &&
      key.d === undefined,
  );
  return createLocalJWKSet({ keys: usable });
}

function keysUrl(text: unknown, home: URL): URL {
  if (typeof text !== 'string' || !URL.canParse(text))
    throw new Error('its discovery document has no jwks_uri');
  const url = new URL(text);
  const shown = clean(`${url.protocol}//${url.host}`);
  if (url.username !== '' || url.password !== '') throw new Error('its jwks_uri contains credentials');
  if (url.origin === home.origin) return url;
  if (url.protocol !== 'https:') throw new Error(`its jwks_uri leads to ${shown}, which is not https`);
  if (url.host !== home.host && (isLoopback(url) || isSpecialHost(url.hostname))) {
    throw new Error(`its jwks_uri leads to ${shown}, a private or special address`);
  }
  return url;
}

function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'it did not answer';
  if (thrown.cause instanceof ChartsealError) return clean(thrown.cause.message);
  return clean(thrown.message);
}

function unavailable(issuer: string, why: string, cause?: unknown): ChartsealError {
  return new ChartsealError('oidc.unavailable', `the keys of ${clean(issuer)} cannot be had: ${why}`, {
    retryable: true,
    retryAfter: OIDC_LIMITS.failureMs / 1000,
    ...(cause === undefined ? {} : { cause }),
  });
}
