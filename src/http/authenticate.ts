import { ChartsealError } from '../base/error.ts';
import { sha256 } from '../base/sha256.ts';
import type { Config } from '../config/index.ts';

/** Who asks; `name` is undefined for anyone. */
export interface Caller {
  name: string | undefined;
}

const MAX_TOKEN = 4096;

/**
 * Judges the Authorization header before anything else of the request is looked at. Its SHA-256 is compared with
 * that of every caller, so that the time it takes tells neither how much of a token was right nor whose.
 * @param callers every caller of the configuration
 * @param access may those come in who say nothing?
 * @throws ChartsealError `request.unauthenticated`
 */
export async function authenticate(
  authorization: string | undefined,
  callers: Config['callers'],
  access: 'callers' | 'anyone',
): Promise<Caller> {
  if (authorization === undefined) {
    if (access === 'anyone') return { name: undefined };
    throw unauthenticated('no credentials were sent');
  }
  const [, token] = /^bearer +([!-~]+) *$/i.exec(authorization) ?? [];
  if (token === undefined) throw unauthenticated('the Authorization header is not "Bearer TOKEN"');
  if (token.length > MAX_TOKEN) throw unauthenticated('the token is too long');
  const digest = await sha256(new TextEncoder().encode(token));
  let found: string | undefined;
  for (const caller of callers.values()) {
    if (equal(digest, caller.tokenDigest)) found = caller.name;
  }
  if (found === undefined) throw unauthenticated('the token is that of no caller');
  return { name: found };
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

function unauthenticated(message: string): ChartsealError {
  return new ChartsealError('request.unauthenticated', message);
}
