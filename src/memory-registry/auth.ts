import { errorAnswer } from './answers.ts';
import type { Route } from './distribution.ts';
import type { Quirks, TokenAuth } from './types.ts';

/** Tokens that were issued: what they are good for and until when (milliseconds). */
export interface Tokens {
  issued: Map<string, { scopes: string[]; until: number }>;
  next: number;
}

type TokenOptions = TokenAuth['token'];

/** The refusal of a request that lacks the credentials the quirks demand; undefined if it may pass. */
export function authorize(
  quirks: Quirks,
  tokens: Tokens,
  request: Request,
  route: Route,
  now: number,
): Response | undefined {
  if (quirks.auth === undefined) return undefined;
  const header = request.headers.get('authorization');
  if ('basic' in quirks.auth) {
    const { user, password } = quirks.auth.basic;
    const sent = readBasic(header);
    if (sent?.user === user && sent.password === password) return undefined;
    return unauthorized('Basic realm="Registry Realm"');
  }

  const { token } = quirks.auth;
  const write = request.method !== 'GET' && request.method !== 'HEAD';
  const scope = route.repository && `repository:${route.repository}:${write ? 'pull,push' : 'pull'}`;
  const refuse = (error?: string) =>
    unauthorized(
      token.challenge?.replaceAll('{scope}', scope) ??
        `Bearer realm="${token.realm}",service="${token.service}"${scope && `,scope="${scope}"`}${error ? `,error="${error}"` : ''}`,
    );
  if (header === null) return refuse();
  const held = tokens.issued.get(/^bearer +(\S+)$/i.exec(header)?.[1] ?? '');
  if (held === undefined || now >= held.until) return refuse('invalid_token');
  if (scope && !covers(held.scopes, route.repository, write ? ['pull', 'push'] : ['pull'])) {
    return refuse('insufficient_scope');
  }
  return undefined;
}

/** The token service: GET with Basic credentials, POST as OAuth2 (distribution:docs/content/spec/auth). */
export async function tokenService(
  options: TokenOptions,
  tokens: Tokens,
  request: Request,
  now: number,
): Promise<Response> {
  const query =
    request.method === 'POST' ? new URLSearchParams(await request.text()) : new URL(request.url).searchParams;
  const allowed = request.method === 'POST' ? options.post === true : options.get !== false;
  if (!allowed || (request.method !== 'POST' && request.method !== 'GET')) {
    return errorAnswer(404, 'NOT_FOUND', 'page not found');
  }
  const service = query.get('service');
  if (service !== null && service !== options.service)
    return errorAnswer(400, 'UNSUPPORTED', 'unknown service');
  if (!knows(options, request, query)) return errorAnswer(401, 'UNAUTHORIZED', 'authentication required');

  const scopes = query.getAll('scope').flatMap((one) => one.split(' ').filter(Boolean));
  const token = `memory-token-${tokens.next++}`;
  const lifetime = options.lifetime ?? 300;
  tokens.issued.set(token, { scopes, until: now + lifetime * 1000 });
  const issue = options.issue ?? 'token';
  const says = options.expiresIn ?? lifetime;
  return Response.json({
    ...(issue !== 'access_token' && { token }),
    ...(issue !== 'token' && { access_token: token }),
    ...(says !== false && { expires_in: says }),
    issued_at: new Date(now).toISOString(),
  });
}

function knows(options: TokenOptions, request: Request, query: URLSearchParams): boolean {
  const isUser = (user: string | null | undefined, password: string | null | undefined) =>
    typeof user === 'string' &&
    typeof password === 'string' &&
    Object.hasOwn(options.users ?? {}, user) &&
    options.users?.[user] === password;
  if (request.method === 'POST') {
    if (query.get('grant_type') === 'refresh_token') {
      return options.identityTokens?.includes(query.get('refresh_token') ?? '') === true;
    }
    return query.get('grant_type') === 'password' && isUser(query.get('username'), query.get('password'));
  }
  const header = request.headers.get('authorization');
  if (header === null) return options.anonymous ?? options.users === undefined;
  const sent = readBasic(header);
  return isUser(sent?.user, sent?.password);
}

function readBasic(header: string | null): { user: string; password: string } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/=]+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = new TextDecoder().decode(Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0)));
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function covers(scopes: string[], repository: string, actions: string[]): boolean {
  const prefix = `repository:${repository}:`;
  return scopes.some((scope) => {
    if (!scope.startsWith(prefix)) return false;
    const granted = scope.slice(prefix.length).split(',');
    return actions.every((action) => granted.includes(action) || granted.includes('*'));
  });
}

function unauthorized(challenge: string): Response {
  return errorAnswer(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': challenge });
}
