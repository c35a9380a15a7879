import { ChartsealError } from '../base/error.ts';
import { basicHeader } from './basic-header.ts';
import type { Challenge } from './challenge.ts';
import { parseChallenges } from './challenge.ts';
import type { Token } from './client-memory.ts';
import { remember } from './client-memory.ts';
import type { Credentials } from './options.ts';
import type { Registry } from './registries.ts';
import { tokenScopes } from './scope.ts';
import { fetchToken } from './token.ts';
import type { Work } from './work.ts';

/**
 * The Authorization header for a first try: what is known of the registry from before, so that a warm request is one
 * request. Nothing is sent to a registry that has not asked for it.
 */
export async function knownAuthorization(
  work: Work,
  registry: Registry,
  repository: string,
): Promise<string | undefined> {
  const known = work.memory.challenges.get(registry.host);
  if (known === undefined) return undefined;
  const credentials = await credentialsFor(work, registry, repository);
  if (known.challenge.scheme === 'basic') {
    return credentials?.kind === 'basic' ? basicHeader(credentials) : undefined;
  }
  const token = await getToken(work, registry, repository, known.challenge, known.repository, credentials);
  return `Bearer ${token.value}`;
}

/**
 * The Authorization header that answers a 401, or undefined when there is none to give.
 * @param sent the header that was refused, if one was sent
 */
export async function answerChallenge(
  work: Work,
  registry: Registry,
  repository: string,
  response: Response,
  sent: string | undefined,
): Promise<string | undefined> {
  const challenges = parseChallenges(response.headers.get('www-authenticate'));
  const credentials = await credentialsFor(work, registry, repository);
  const bearer = challenges.find((one) => one.scheme === 'bearer') ?? knownBearer(work, registry, sent);
  if (bearer !== undefined) {
    remember(work.memory.challenges, registry.host, { challenge: bearer, repository });
    forget(work, registry, repository, credentials, sent);
    const token = await getToken(work, registry, repository, bearer, repository, credentials);
    return `Bearer ${token.value}`;
  }
  if (!challenges.some((one) => one.scheme === 'basic') || credentials?.kind !== 'basic') return undefined;
  const header = basicHeader(credentials);
  if (header === sent) return undefined;
  remember(work.memory.challenges, registry.host, { challenge: { scheme: 'basic', params: {} }, repository });
  return header;
}

/** Which credentials a session has for the repository: none when anonymous or when a wildcard covers the registry. */
export function credentialsFor(
  work: Work,
  registry: Registry,
  repository: string,
): Promise<Credentials | undefined> {
  if (work.anonymous || registry.wildcard) return Promise.resolve(undefined);
  if (registry.credentials !== undefined) return Promise.resolve(registry.credentials);
  const key = `${registry.host}/${repository}`;
  const found =
    work.credentials.get(key) ??
    work.credentialsFor?.(registry.host, repository) ??
    Promise.resolve(undefined);
  work.credentials.set(key, found);
  return found;
}

// Harbor answers a refused token with a Basic challenge only (src/server/middleware/v2auth/auth.go), so an expired
// token is renewed where the registry asked for tokens before.
function knownBearer(work: Work, registry: Registry, sent: string | undefined): Challenge | undefined {
  const known = work.memory.challenges.get(registry.host)?.challenge;
  return sent?.startsWith('Bearer ') && known?.scheme === 'bearer' ? known : undefined;
}

async function getToken(
  work: Work,
  registry: Registry,
  repository: string,
  challenge: Challenge,
  challenged: string,
  credentials: Credentials | undefined,
): Promise<Token> {
  const key = tokenKey(work, registry, repository, credentials);
  const kept = work.memory.tokens.get(key);
  if (kept !== undefined && kept.expires > work.clock()) return kept;
  const underWay = work.tokens.get(key);
  if (underWay !== undefined) return await underWay;
  const scopes = tokenScopes(challenge.params.scope, challenged, repository, work.action);
  const asked = fetchToken(work, { registry, challenge, scopes, credentials });
  work.tokens.set(key, asked);
  try {
    const token = await asked;
    remember(work.memory.tokens, key, token);
    return token;
  } finally {
    work.tokens.delete(key);
  }
}

// Only the token that was refused: another request may have renewed it in the meantime.
function forget(
  work: Work,
  registry: Registry,
  repository: string,
  credentials: Credentials | undefined,
  sent: string | undefined,
): void {
  const key = tokenKey(work, registry, repository, credentials);
  const kept = work.memory.tokens.get(key);
  if (kept !== undefined && sent === `Bearer ${kept.value}`) work.memory.tokens.delete(key);
}

function tokenKey(
  work: Work,
  registry: Registry,
  repository: string,
  credentials: Credentials | undefined,
): string {
  return JSON.stringify([registry.origin, repository, work.action, credentials ?? 'anonymous']);
}

/** The remedy when something that must be written is refused. */
export function mayPush(registry: Registry): string {
  return `Check that the credentials configured for ${registry.host} may push to this repository.`;
}

/** Why a 401 stays: what the session had to offer. */
export function unauthorized(work: Work, registry: Registry, what: string, had: boolean): ChartsealError {
  if (had) {
    return new ChartsealError(
      'registry.unauthorized',
      `${what}: the configured credentials are refused (401)`,
      work.action === 'push' ? { help: mayPush(registry) } : {},
    );
  }
  const why = work.anonymous ? 'this request is made without' : 'none are configured';
  return new ChartsealError('registry.unauthorized', `${what}: credentials are wanted and ${why} (401)`, {
    help: work.anonymous
      ? 'Ask as a caller, or set anonymousMayVerify for the registry if it is public to you.'
      : registry.wildcard
        ? `Registries found by a wildcard get no credentials: write "host: ${registry.host}" under "registries" and give it some. A registry may also answer like this for a repository that does not exist.`
        : `Configure credentials for ${registry.host}. A registry may also answer like this for a repository that does not exist.`,
  });
}
