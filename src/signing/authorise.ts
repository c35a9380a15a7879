import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import type { PgpSigningEntry, SigningEntry, SigstoreSigningEntry } from '../config/index.ts';
import { globToMatcher } from '../policy/index.ts';
import type { SignContext, SignRequest } from './task.ts';

/** Who signs, by scheme. */
interface Signers {
  pgp: PgpSigningEntry | undefined;
  sigstore: SigstoreSigningEntry[];
}

/**
 * The signers asked for, if this caller may use them for this repository. At most one of PGP: a provenance file of two
 * signatures is judged differently by Helm's engines, and a manifest has one provenance layer.
 * @param repository normalised `host/repository`
 * @throws ChartsealError `sign.unknown_key`, `sign.one_pgp`, `sign.caller`, `sign.repository`
 */
export function authorise(request: SignRequest, repository: string, context: SignContext): Signers {
  const keys = [...new Set(request.with)].map((name) => {
    const key = context.keys.get(name);
    // A caller learns the names of the keys it may use and of no others.
    if (key === undefined || !mayUse(key, context.caller)) throw unknownKey(name, context);
    return key;
  });
  const pgp = keys.filter((key) => key.scheme === 'pgp');
  if (pgp.length > 1) {
    throw new ChartsealError(
      'sign.one_pgp',
      `${pgp.length} PGP keys were named; a chart takes one provenance`,
    );
  }
  if (keys.length === 0) throw new ChartsealError('sign.unknown_key', 'no signing key was named');
  for (const key of keys) {
    if (key.repositories.some((glob) => globToMatcher(glob)(repository))) continue;
    const globs = key.repositories.join(', ');
    throw new ChartsealError(
      'sign.repository',
      `"${key.name}" does not sign in ${clean(repository)}; it signs in ${globs}`,
    );
  }
  return { pgp: pgp[0], sigstore: keys.filter((key) => key.scheme === 'sigstore') };
}

function mayUse(key: SigningEntry, caller: string | undefined): boolean {
  return caller === undefined || key.callers.includes(caller);
}

function unknownKey(name: string, { keys, caller }: SignContext): ChartsealError {
  const own = [...keys.values()].filter((key) => mayUse(key, caller)).map((key) => key.name);
  const list = own.length > 0 ? `may sign with: ${own.join(', ')}` : 'may sign with no key';
  const who = caller === undefined ? 'this command' : `the caller "${caller}"`;
  const exists = keys.has(name) ? 'sign.caller' : 'sign.unknown_key';
  return new ChartsealError(
    caller === undefined ? exists : 'sign.caller',
    `${who} may not sign with "${clean(name)}"; it ${list}`,
  );
}
