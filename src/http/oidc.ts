import type { JWTPayload, JWTVerifyResult, ProtectedHeaderParameters } from 'jose';
import type { Clock } from '../base/clock.ts';
import { ChartsealError } from '../base/error.ts';
import type { Config, OidcIdentity } from '../config/index.ts';
import { globToMatcher } from '../policy/index.ts';
import { createIssuerKeys, type IssuerKeys, type OidcFetch } from './oidc-keys.ts';

/** What {@link createOidc} takes. */
interface OidcOptions {
  callers: Config['callers'];
  /** Checks the addresses it connects to, as that for registries. */
  fetch: OidcFetch;
  clock: Clock;
}

/** Seconds that the clocks of an issuer and of this service may differ. */
const SKEW = 30;

// Signatures by a private key only: with HMAC the public key of the issuer would be the secret, and `none` is none.
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

interface OidcCaller {
  name: string;
  identity: OidcIdentity;
  claims: (readonly [string, ((text: string) => boolean)[]])[];
}

/**
 * Who a token of an OpenID Connect issuer (a CI job's, a workload's) stands for: the first caller, in the order of the
 * configuration, with its issuer, its audience and globs that its claims match, all of them. Only texts, numbers and
 * booleans match; a list or a map never does.
 *
 * Nothing is asked of anybody for a token of an issuer that is not configured. The keys are those of the issuer's
 * discovery document: what a token's header says of keys (jwk, jku, x5c, x5u) is not looked at.
 * @returns a function from a token to the name of a caller; it throws `request.unauthenticated`, and `oidc.unavailable`
 * (retryable) when the issuer's keys cannot be had
 */
export function createOidc({ callers, fetch, clock }: OidcOptions): (token: string) => Promise<string> {
  const byIssuer = new Map<string, { callers: OidcCaller[]; keys: IssuerKeys }>();
  for (const { name, oidc: identity } of callers.values()) {
    if (identity === undefined) continue;
    const { issuer } = identity;
    const known = byIssuer.get(issuer) ?? {
      callers: [],
      keys: createIssuerKeys({ issuer, fetch, clock }),
    };
    const claims = [...identity.claims].map(
      ([claim, globs]) => [claim, globs.map((glob) => globToMatcher(glob))] as const,
    );
    known.callers.push({ name, identity, claims });
    byIssuer.set(issuer, known);
  }

  return async (token) => {
    // Loaded with the first token: whoever uses none does without.
    const jose = await import('jose');
    let header: ProtectedHeaderParameters;
    let claimed: JWTPayload;
    try {
      header = jose.decodeProtectedHeader(token);
      claimed = jose.decodeJwt(token);
    } catch {
      throw refused('the token is neither that of a caller nor a JSON Web Token');
    }
    const issuer = typeof claimed.iss === 'string' ? byIssuer.get(claimed.iss) : undefined;
    if (issuer === undefined) throw refused('the token is of an issuer that no caller has');
    if (typeof header.alg !== 'string' || !ALGORITHMS.includes(header.alg)) {
      throw refused('the token is not signed with an algorithm that is accepted: RS, PS, ES or EdDSA');
    }
    const { payload } = await verifySignature(jose, token, header, claimed.iss as string, issuer.keys, clock);
    const addressed = issuer.callers.filter(({ identity }) => isFor(payload.aud, identity.audience));
    if (addressed.length === 0) throw refused('the token is for another audience than that of a caller');
    const found = addressed.find((caller) => hasClaims(payload, caller.claims));
    if (found === undefined) throw refused('the token is good, but its claims are those of no caller');
    return found.name;
  };
}

async function verifySignature(
  jose: typeof import('jose'),
  token: string,
  header: ProtectedHeaderParameters,
  issuer: string,
  keys: IssuerKeys,
  clock: Clock,
): Promise<JWTVerifyResult> {
  const verify = async (keySet: Awaited<ReturnType<IssuerKeys['current']>>) =>
    jose.jwtVerify(token, keySet, {
      algorithms: ALGORITHMS,
      issuer,
      requiredClaims: ['aud', 'exp'],
      clockTolerance: SKEW,
      currentDate: new Date(clock()),
    });
  const keySet = await keys.current();
  try {
    return await verify(keySet);
  } catch (error) {
    if (!(error instanceof jose.errors.JWKSNoMatchingKey)) throw wordsFor(jose, error);
  }
  // A key that was not there: perhaps it is new. Asked for at most once in a while, whoever asks.
  const renewed = header.kid === undefined ? undefined : await keys.renewed();
  if (renewed === undefined) throw refused('the token is signed with a key that the issuer does not have');
  try {
    return await verify(renewed);
  } catch (error) {
    throw wordsFor(jose, error);
  }
}

function isFor(aud: unknown, audience: string): boolean {
  return Array.isArray(aud) ? aud.includes(audience) : aud === audience;
}

function hasClaims(payload: JWTPayload, claims: OidcCaller['claims']): boolean {
  return claims.every(([name, globs]) => {
    const value: unknown = Object.hasOwn(payload, name) ? payload[name] : undefined;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return false;
    return globs.some((matches) => matches(String(value)));
  });
}

// The words of the library may quote the token; these do not. What they tell, only the bearer of a token that the issuer
// signed learns: its signature is checked before its claims.
function wordsFor(jose: typeof import('jose'), error: unknown): ChartsealError {
  const { errors } = jose;
  if (error instanceof errors.JWTExpired) return refused('the token has expired');
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'nbf') return refused('the token is not valid yet');
    return refused(
      `the token lacks a good claim "${/^[a-z]{1,10}$/.exec(error.claim)?.[0] ?? 'of those needed'}"`,
    );
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return refused('the token is signed with a key that the issuer does not have');
  }
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    return refused('the token does not say which key of the issuer signed it');
  }
  return refused('the signature of the token does not hold');
}

function refused(message: string): ChartsealError {
  return new ChartsealError('request.unauthenticated', message, {
    help: 'Ask the issuer for a token with the audience, and from the place, that the configuration names for the caller (callers.*.oidc).',
  });
}
