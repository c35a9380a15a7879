import type { CheckContext } from './check-context.ts';
import { missingSecret } from './missing-secret.ts';
import type { Path } from './problem.ts';
import { readSecret } from './secret.ts';

/**
 * The secret that a field names, where the configuration is to be served.
 * @returns undefined if it is not set, which is reported, or if no secret is read here
 */
export function secretAt(name: string, path: Path, context: CheckContext): string | undefined {
  if (context.secret === undefined || context.use === 'verify') return undefined;
  const value = readSecret(name, context.secret);
  if (value === undefined) context.report(path, missingSecret(name), 'config.secret_missing');
  return value;
}

/** The same for a passphrase: the line break that files end with is no part of it; a blank may be. */
export function passphraseAt(name: string, path: Path, context: CheckContext): string | undefined {
  return secretAt(name, path, context)?.replace(/\r?\n$/, '');
}
