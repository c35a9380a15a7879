import type { CheckContext } from './check-context.ts';
import { checkOidc } from './check-oidc.ts';
import type { Caller, Config } from './config.ts';
import { missingSecret } from './missing-secret.ts';
import { mapOf } from './plain.ts';
import type { Path } from './problem.ts';
import { callerSchema } from './schema.ts';
import { readSecret } from './secret.ts';

/** Shortest bearer token: 16 characters of hex are 64 bits, the least that cannot be tried out over a network. */
const MIN_TOKEN_LENGTH = 16;

// RFC 6750 section 2.1 (b64token): what can stand in an Authorization header.
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

/**
 * Checks `callers` beyond its shape and takes in their tokens, as digests only.
 * @param may.access undefined if it is of no good shape, which is reported elsewhere
 * @param may.admission does the configuration have the part for reviews? They may come with a secret path or mTLS
 * @returns in the order in which they are written; none where the configuration is only looked at or used to verify
 */
export async function checkCallers(
  raw: unknown,
  may: { access: Config['access'] | undefined; admission: boolean },
  context: CheckContext,
): Promise<Map<string, Caller>> {
  const callers = new Map<string, Caller>();
  const entries = Object.entries(mapOf(raw));
  const owners = new Map<string, string>();
  for (const [name, entry] of entries) {
    const path = ['callers', name];
    const fields = mapOf(entry);
    if (isEmptyMap(entry)) context.report(path, 'found an empty map; allowed: token, oidc or both');
    const oidc = fields.oidc === undefined ? undefined : checkOidc(fields.oidc, [...path, 'oidc'], context);
    const text = callerSchema.safeParse(entry);
    if (!text.success || context.use === 'verify' || context.secret === undefined) continue;
    const { token } = text.data;
    const tokenDigest =
      token === undefined
        ? undefined
        : await readToken(token.secret, name, [...path, 'token', 'secret'], owners, context);
    if (tokenDigest === undefined && oidc === undefined) continue;
    callers.set(name, {
      name,
      ...(tokenDigest === undefined ? {} : { tokenDigest }),
      ...(oidc === undefined ? {} : { oidc }),
    });
  }
  const nobody = entries.length === 0 && (raw === undefined || isEmptyMap(raw));
  if (context.use === 'serve' && may.access?.verify === 'callers' && nobody && !may.admission) {
    context.report(
      ['access', 'verify'],
      'is "callers" (the default), but no callers are defined, so nobody could ask; either add one, "callers: { ci: { token: { secret: CI_TOKEN } } }", or write "access: { verify: anyone }"',
    );
  }
  return callers;
}

async function readToken(
  variable: string,
  name: string,
  path: Path,
  owners: Map<string, string>,
  context: CheckContext,
): Promise<Uint8Array | undefined> {
  const refuse = (why: string, code?: 'config.secret_missing') => {
    context.report(path, why, code);
    return undefined;
  };
  const token = context.secret && readSecret(variable, context.secret)?.trim();
  if (token === undefined) return refuse(missingSecret(variable), 'config.secret_missing');
  if (token.length < MIN_TOKEN_LENGTH) {
    return refuse(
      `the token in ${variable} is shorter than ${MIN_TOKEN_LENGTH} characters; make one with: openssl rand -hex 32`,
    );
  }
  if (!TOKEN.test(token)) {
    return refuse(
      `the token in ${variable} has characters that cannot be sent as a bearer token; make one with: openssl rand -hex 32`,
    );
  }
  const other = owners.get(token);
  if (other !== undefined) {
    return refuse(`the token in ${variable} is also that of ${other}; give each caller its own`);
  }
  owners.set(token, name);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)));
}

function isEmptyMap(raw: unknown): boolean {
  return raw !== null && typeof raw === 'object' && !Array.isArray(raw) && Object.keys(raw).length === 0;
}
