import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose';

export const ISSUER = 'https://issuer.test';
export const AUDIENCE = 'https://chartseal.test';

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

/** An OpenID Connect issuer: answers for its documents, and makes tokens. */
export interface OidcIssuer {
  fetch(request: Request): Promise<Response>;
  /** URLs that were asked for. */
  requests: string[];
  /** Answers instead of the issuer where it returns something. */
  answer: ((path: string, signal: AbortSignal) => Response | Promise<Response> | undefined) | undefined;
  /** Public keys as they are published. */
  keys: Record<string, unknown>[];
  pair: Pair;
  /** Adds a key and signs with it from now on. */
  rotate(kid: string, alg?: string): Promise<void>;
  token(claims?: Record<string, unknown>, header?: Partial<JWTHeaderParameters>, key?: Pair): Promise<string>;
}

/** @param clock milliseconds since the epoch */
export async function createIssuer(clock: () => number, issuer = ISSUER): Promise<OidcIssuer> {
  let kid = 'one';
  let alg = 'ES256';
  const self: OidcIssuer = {
    requests: [],
    answer: undefined,
    keys: [],
    pair: await generateKeyPair(alg, { extractable: true }),
    async fetch(request) {
      self.requests.push(request.url);
      const { pathname } = new URL(request.url);
      const answered = self.answer?.(pathname, request.signal);
      if (answered !== undefined) return answered;
      if (pathname.endsWith('/.well-known/openid-configuration')) {
        return Response.json({ issuer, jwks_uri: `${issuer}/jwks` });
      }
      return pathname.endsWith('/jwks')
        ? Response.json({ keys: self.keys })
        : new Response('', { status: 404 });
    },
    async rotate(newKid, newAlg = alg) {
      [kid, alg] = [newKid, newAlg];
      self.pair = await generateKeyPair(alg, { extractable: true });
      self.keys.push({ ...(await exportJWK(self.pair.publicKey)), kid, use: 'sig', alg });
    },
    token: (claims = {}, header = {}, key = self.pair) => {
      const now = Math.floor(clock() / 1000);
      const payload = { iss: issuer, aud: AUDIENCE, exp: now + 300, iat: now, sub: 'job', ...claims };
      return new SignJWT(payload).setProtectedHeader({ alg, kid, ...header }).sign(key.privateKey);
    },
  };
  self.keys.push({ ...(await exportJWK(self.pair.publicKey)), kid, use: 'sig', alg });
  return self;
}

/** A token of any header and payload, with any third part. */
export function rawToken(header: object, payload: object, signature = ''): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${encode(header)}.${encode(payload)}.${signature}`;
}
