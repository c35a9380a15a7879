import type { CheckContext } from './check-context.ts';
import type { OidcIdentity } from './config.ts';
import { isLoopback } from './is-loopback.ts';
import { mapOf } from './plain.ts';
import { type Path, quote } from './problem.ts';
import { oidcSchema } from './schema.ts';

/** Checks the `oidc` of a caller beyond its shape; undefined if it cannot be used. */
export function checkOidc(raw: unknown, path: Path, context: CheckContext): OidcIdentity | undefined {
  const fields = mapOf(raw);
  const issuer = typeof fields.issuer === 'string' ? checkIssuer(fields.issuer) : undefined;
  if (issuer !== undefined) context.report([...path, 'issuer'], issuer);
  const isEmpty = typeof fields.claims === 'object' && Object.keys(mapOf(fields.claims)).length === 0;
  if (isEmpty && fields.claims !== null && !Array.isArray(fields.claims)) {
    context.report(
      [...path, 'claims'],
      'found an empty map, by which everybody with a token of this issuer would be this caller; name at least one claim, like sub',
    );
  }
  const text = oidcSchema.safeParse(raw);
  if (!text.success || issuer !== undefined || isEmpty) return undefined;
  const claims = Object.entries(text.data.claims).map(
    ([name, globs]) => [name, typeof globs === 'string' ? [globs] : [...new Set(globs)]] as const,
  );
  return { issuer: text.data.issuer, audience: text.data.audience, claims: new Map(claims) };
}

// OpenID Connect Discovery 1.0 section 3: an https URL without query and fragment. http only to an address of this
// machine, for tests: what comes over it may be anybody's.
function checkIssuer(text: string): string | undefined {
  if (!URL.canParse(text) || !/^https?:\/\//.test(text)) return `found ${quote(text)}; allowed: an https URL`;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    return 'found a URL with credentials in it; write it without them';
  }
  if (/[?#]/.test(text)) return `found ${quote(text)}; an issuer has neither query nor fragment`;
  if (url.protocol === 'http:' && !isLoopback(url)) {
    return `found ${quote(text)}; plain http is for 127.0.0.1 and [::1] only; write https`;
  }
  return undefined;
}
