import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { basicHeader } from './basic-header.ts';
import { readBody } from './body.ts';
import type { Challenge } from './challenge.ts';
import { checkDestination } from './check-destination.ts';
import type { Token } from './client-memory.ts';
import type { Credentials } from './options.ts';
import { readUrl } from './read-url.ts';
import type { Registry } from './registries.ts';
import { retryAfterSeconds } from './retry-after.ts';
import { discard, send } from './send.ts';
import type { Work } from './work.ts';

/** What a token is asked for. */
interface TokenRequest {
  registry: Registry;
  challenge: Challenge;
  scopes: string[];
  credentials: Credentials | undefined;
}

// distribution:docs/content/spec/auth/token.md: the lifetime when the service names none.
const DEFAULT_LIFETIME = 60;
const MAX_LIFETIME = 24 * 3600;
// Not used up to the last moment: the request that carries it takes time too.
const MARGIN_MS = 5_000;
// Servers take headers of 8 to 16 KiB in all; a thousand tokens are kept.
const MAX_TOKEN = 16 * 1024;

/**
 * Asks the token service a challenge names: GET for passwords and anonymous callers, OAuth2 POST for identity tokens;
 * the other way where the service answers 404 or 405.
 * @throws ChartsealError `registry.token_refused` before anything is sent to a realm that may not be asked;
 *   `registry.unauthorized`, `registry.rate_limited`, `registry.unavailable`, `registry.protocol`
 */
export async function fetchToken(work: Work, o: TokenRequest): Promise<Token> {
  const realm = readUrl(o.challenge.params.realm ?? '');
  if (realm === undefined) {
    throw new ChartsealError(
      'registry.protocol',
      `registry ${o.registry.host}: the challenge has no usable realm`,
    );
  }
  checkDestination('token', realm, o.registry, work.registries);
  realm.hash = '';
  const what = `token service ${clean(realm.host)} of registry ${o.registry.host}`;
  const ways = o.credentials?.kind === 'identityToken' ? [post, get] : [get, post];
  let response = await ways[0]!(work, o, realm, what);
  if ((response.status === 404 || response.status === 405) && o.credentials !== undefined) {
    discard(response);
    response = await ways[1]!(work, o, realm, what);
  }
  return await readToken(work, o, response, what);
}

function get(work: Work, o: TokenRequest, realm: URL, what: string): Promise<Response> {
  const url = new URL(realm);
  const service = o.challenge.params.service;
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of o.scopes) url.searchParams.append('scope', scope);
  const headers = o.credentials === undefined ? {} : { authorization: basicHeader(o.credentials) };
  return send(work, { method: 'GET', url, headers, what, counts: 'tokenRequests' });
}

function post(work: Work, o: TokenRequest, realm: URL, what: string): Promise<Response> {
  const form = new URLSearchParams({ client_id: 'chartseal', scope: o.scopes.join(' ') });
  const service = o.challenge.params.service;
  if (service !== undefined) form.set('service', service);
  if (o.credentials?.kind === 'identityToken') {
    form.set('grant_type', 'refresh_token');
    form.set('refresh_token', o.credentials.token);
  } else if (o.credentials?.kind === 'basic') {
    form.set('grant_type', 'password');
    form.set('username', o.credentials.username);
    form.set('password', o.credentials.password);
  }
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return send(work, {
    method: 'POST',
    url: realm,
    headers,
    body: form.toString(),
    what,
    counts: 'tokenRequests',
  });
}

async function readToken(work: Work, o: TokenRequest, response: Response, what: string): Promise<Token> {
  if (response.status !== 200) {
    discard(response);
    throw refusal(work, o, response, what);
  }
  const bytes = await readBody(work, response, { max: work.limits.tokenBytes, limit: 'tokenBytes', what });
  const body = parseObject(bytes);
  const value = body?.access_token || body?.token;
  if (typeof value !== 'string' || value.length > MAX_TOKEN || !/^[\x21-\x7e]+$/.test(value)) {
    throw new ChartsealError('registry.protocol', `${what}: its answer holds no token that can be sent`);
  }
  return { value, expires: expiry(work.clock(), body?.expires_in, body?.issued_at) };
}

function parseObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function expiry(now: number, expiresIn: unknown, issuedAt: unknown): number {
  const seconds = typeof expiresIn === 'number' && expiresIn > 0 ? expiresIn : DEFAULT_LIFETIME;
  const issued = typeof issuedAt === 'string' ? Date.parse(issuedAt) : Number.NaN;
  // A service whose clock is ahead must not make a token live longer than it says.
  const from = Number.isNaN(issued) ? now : Math.min(issued, now);
  return from + Math.min(seconds, MAX_LIFETIME) * 1000 - MARGIN_MS;
}

function refusal(work: Work, o: TokenRequest, response: Response, what: string): ChartsealError {
  const { status } = response;
  const after = retryAfterSeconds(response, work.clock());
  const retry = { retryable: true, ...(after === undefined ? {} : { retryAfter: after }) };
  if (status === 429)
    return new ChartsealError('registry.rate_limited', `${what} asks to slow down (429)`, retry);
  if (status >= 500) return new ChartsealError('registry.unavailable', `${what} answered ${status}`, retry);
  if (status >= 300 && status < 400) {
    return new ChartsealError(
      'registry.token_refused',
      `${what} redirects (${status}), which is not followed`,
      {
        help: 'The realm of the registry must name the token service itself.',
      },
    );
  }
  if (status === 400 || status === 401 || status === 403) {
    const why =
      o.credentials === undefined
        ? 'gives no token without credentials'
        : 'refuses the configured credentials';
    return new ChartsealError('registry.unauthorized', `${what} ${why} (${status})`);
  }
  return new ChartsealError('registry.protocol', `${what} answered ${status}`);
}
