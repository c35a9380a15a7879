import type { CheckContext } from './check-context.ts';
import { missingSecret } from './check-registries.ts';
import type { Caller, Config } from './config.ts';
import { mapOf } from './plain.ts';
import { callerSchema } from './schema.ts';
import { readSecret } from './secret.ts';

/** Shortest bearer token: 16 characters of hex are 64 bits, the least that cannot be tried out over a network. */
export const MIN_TOKEN_LENGTH = 16;

// RFC 6750 section 2.1 (b64token): what can stand in an Authorization header.
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

/**
 * Checks `callers` beyond its shape and takes in their tokens, as digests only.
 * @param access undefined if it is of no good shape, which is reported elsewhere
 */
export async function checkCallers(
  raw: unknown,
  access: Config['access'] | undefined,
  context: CheckContext,
): Promise<Map<string, Caller>> {
  const callers = new Map<string, Caller>();
  const entries = Object.entries(mapOf(raw));
  if (context.use === 'verify') return callers;
  if (access?.verify === 'callers' && entries.length === 0 && (raw === undefined || isEmptyMap(raw))) {
    context.report(
      ['access', 'verify'],
      'is "callers" (the default), but no callers are defined, so nobody could ask; either add one, "callers: { ci: { token: { secret: CI_TOKEN } } }", or write "access: { verify: anyone }"',
    );
  }
  if (context.secret === undefined) return callers;
  const owners = new Map<string, string>();
  for (const [name, entry] of entries) {
    const path = ['callers', name, 'token', 'secret'];
    const text = callerSchema.safeParse(entry);
    if (!text.success) continue;
    const variable = text.data.token.secret;
    const token = readSecret(variable, context.secret)?.trim();
    if (token === undefined) {
      context.report(path, missingSecret(variable), 'config.secret_missing');
      continue;
    }
    if (token.length < MIN_TOKEN_LENGTH) {
      context.report(
        path,
        `the token in ${variable} is shorter than ${MIN_TOKEN_LENGTH} characters; make one with: openssl rand -hex 32`,
      );
      continue;
    }
    if (!TOKEN.test(token)) {
      context.report(
        path,
        `the token in ${variable} has characters that cannot be sent as a bearer token; make one with: openssl rand -hex 32`,
      );
      continue;
    }
    const other = owners.get(token);
    if (other !== undefined) {
      context.report(path, `the token in ${variable} is also that of ${other}; give each caller its own`);
      continue;
    }
    owners.set(token, name);
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token));
    callers.set(name, { name, tokenDigest: new Uint8Array(digest) });
  }
  return callers;
}

function isEmptyMap(raw: unknown): boolean {
  return raw !== null && typeof raw === 'object' && Object.keys(raw).length === 0;
}
