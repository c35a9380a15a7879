import { ChartsealError } from '../base/error.ts';
import { sha256 } from '../base/sha256.ts';
import type { Config } from '../config/index.ts';

/** Who asks; `name` is undefined for anyone. */
export interface Caller {
  name: string | undefined;
}

/** What the Authorization header is judged by. */
interface Authenticator {
  /** Every caller of the configuration. */
  callers: Config['callers'];
  /** The name of the caller that a token of an OpenID Connect issuer stands for. */
  oidc: (token: string) => Promise<string>;
}

/** Longest bearer token; a JSON Web Token may be longer: Node takes 16 KB for all headers of a request. */
const MAX_TOKEN = 4096;
const MAX_JWT = 16_000;

// RFC 7515 section 7.1: three parts in base64url. The third is empty for `alg: none`, which is refused by its name.
const JWT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;

/**
 * Judges the Authorization header before anything else of the request is looked at. The SHA-256 of a token is compared
 * with that of every caller, so that the time it takes tells neither how much of a token was right nor whose. What is no
 * caller's token and looks like a JSON Web Token is judged as one, if there are callers known by such.
 * @param access may those come in who say nothing?
 * @throws ChartsealError `request.unauthenticated`, `oidc.unavailable`
 */
export async function authenticate(
  authorization: string | undefined,
  { callers, oidc }: Authenticator,
  access: 'callers' | 'anyone',
): Promise<Caller> {
  if (authorization === undefined) {
    if (access === 'anyone') return { name: undefined };
    throw unauthenticated('no credentials were sent');
  }
  if (authorization.length > MAX_JWT + 16) throw unauthenticated('the token is too long');
  const [, token] = /^bearer +([!-~]+) *$/i.exec(authorization) ?? [];
  if (token === undefined) throw unauthenticated('the Authorization header is not "Bearer TOKEN"');
  const isJwt = JWT.test(token);
  if (token.length > (isJwt ? MAX_JWT : MAX_TOKEN)) throw unauthenticated('the token is too long');
  const digest = await sha256(new TextEncoder().encode(token));
  let found: string | undefined;
  let usesOidc = false;
  for (const caller of callers.values()) {
    if (caller.tokenDigest !== undefined && equalBytes(digest, caller.tokenDigest)) found = caller.name;
    usesOidc ||= caller.oidc !== undefined;
  }
  if (found !== undefined) return { name: found };
  if (isJwt && usesOidc) return { name: await oidc(token) };
  throw unauthenticated('the token is that of no caller');
}

/** Are two digests the same? Takes as long whether they are or not. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

function unauthenticated(message: string): ChartsealError {
  return new ChartsealError('request.unauthenticated', message);
}
