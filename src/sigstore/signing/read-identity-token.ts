import { Buffer } from 'node:buffer';
import { ChartsealError } from '../../base/error.ts';
import { clean } from '../../base/text.ts';

/** What an identity token says of itself, not cleaned. Nobody has verified it: the certificate authority does. */
interface IdentityClaims {
  /** The claim `iss`. */
  issuer: string;
  /** The claim `email` if there is one, else `sub`: what the certificate authority wants to see signed. */
  subject: string;
  audiences: string[];
  /** Milliseconds since the epoch. */
  expiresAt: number | undefined;
}

/** Longest token that is taken, in characters; as HTTP servers take it for a header. */
const MAX_IDENTITY_TOKEN = 16 * 1024;

/**
 * Reads the claims of an OpenID Connect token (a JWT) without verifying it, for messages, the audit log and the proof of
 * possession.
 * @throws ChartsealError sign.identity_token; no part of the token is in it
 */
export function readIdentityToken(token: string): IdentityClaims {
  if (token.length > MAX_IDENTITY_TOKEN) throw invalid(`is longer than ${MAX_IDENTITY_TOKEN} characters`);
  const parts = token.split('.');
  if (parts.length !== 3 || parts.some((part) => !/^[A-Za-z0-9_-]+$/.test(part))) {
    throw invalid('is no JWT: three parts of base64url with dots between them');
  }
  const claims = parseClaims(parts[1]!);
  const { iss, sub, email, email_verified, aud, exp } = claims;
  if (typeof iss !== 'string' || iss === '') throw invalid('names no issuer (iss)');
  if (typeof email === 'string' && email !== '') {
    // sigstore:pkg/oauthflow/flow.go takes the text "true" for true, as some issuers write it.
    if (email_verified !== true && email_verified !== 'true') {
      throw invalid('has an e-mail address that its issuer has not verified (email_verified)');
    }
  } else if (typeof sub !== 'string' || sub === '') {
    throw invalid('names neither an e-mail address nor a subject (email, sub)');
  }
  return {
    issuer: iss,
    subject: typeof email === 'string' && email !== '' ? email : String(sub),
    audiences: (Array.isArray(aud) ? aud : [aud]).filter((one) => typeof one === 'string'),
    expiresAt: typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : undefined,
  };
}

/**
 * Refuses a token that no authority would take, before anything is asked.
 * @param at milliseconds since the epoch
 * @throws ChartsealError sign.identity_token
 */
export function refuseExpired({ issuer, expiresAt }: IdentityClaims, at: number): void {
  if (expiresAt === undefined || expiresAt > at) return;
  const seconds = Math.max(1, Math.round((at - expiresAt) / 1000));
  throw invalid(`of ${clean(issuer)} expired ${seconds} seconds ago`);
}

function parseClaims(part: string): Record<string, unknown> {
  let value: unknown;
  try {
    const json = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'base64url'));
    value = JSON.parse(json);
  } catch {
    throw invalid('is no JWT: its claims are no JSON');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw invalid('is no JWT: its claims are no JSON object');
  }
  return value as Record<string, unknown>;
}

function invalid(why: string): ChartsealError {
  return new ChartsealError('sign.identity_token', `the identity token ${why}`);
}
