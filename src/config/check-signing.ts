import { ChartsealError } from '../base/error.ts';
import type { PgpSigner } from '../provenance/index.ts';
import type { CheckContext } from './check-context.ts';
import { checkMatches } from './check-matches.ts';
import { checkName, checkNames } from './check-names.ts';
import { checkUniqueName } from './check-unique-name.ts';
import type { SigningEntry } from './config.ts';
import { listOf, mapOf } from './plain.ts';
import { type Path, quote } from './problem.ts';
import type { SignerSource } from './read-signer.ts';
import { readSignerSource } from './read-signer-source.ts';
import { signingSchema } from './schema.ts';

/**
 * Checks `signing` beyond its shape and opens its keys. Where the configuration is only looked at, or used to verify,
 * no key is opened and there are no entries.
 * @param names all names under callers, and all of policies
 */
export async function checkSigning(
  raw: unknown,
  names: { callers: ReadonlySet<string>; policies: ReadonlySet<string> },
  context: CheckContext,
): Promise<Map<string, SigningEntry>> {
  const entries = new Map<string, SigningEntry>();
  const seen = new Map<string, Path>();
  for (const [index, entry] of listOf(raw).entries()) {
    const path = ['signing', index];
    const fields = mapOf(entry);
    checkUniqueName(fields.name, [...path, 'name'], seen, context);
    const repositories = checkMatches(fields.repositories, [...path, 'repositories'], context);
    const callers = checkNames(fields.callers, [...path, 'callers'], names.callers, 'callers', context);
    if (typeof fields.requires === 'string' && fields.requires !== '') {
      checkName(fields.requires, [...path, 'requires'], names.policies, 'policies', context);
    }
    const text = signingSchema.safeParse(entry);
    const source = await readSignerSource(
      fields.pgp,
      text.data?.unsafeAllow ?? [],
      [...path, 'pgp'],
      context,
    );
    if (!text.success || repositories === undefined || source === undefined) continue;
    const signer = await openSigner(source, [...path, 'pgp'], context);
    if (signer === undefined) continue;
    const { name, requires, mayReplace = false, unsafeSignTags = false } = text.data;
    entries.set(name, {
      name,
      signer,
      repositories,
      callers,
      ...(requires === undefined ? {} : { requires }),
      mayReplace,
      unsafeSignTags,
    });
  }
  return entries;
}

async function openSigner(
  source: SignerSource,
  path: Path,
  context: CheckContext,
): Promise<PgpSigner | undefined> {
  const at = [...path, source.kind];
  if (context.readSigner === undefined) {
    context.report(at, 'there is nothing here that could sign with it');
    return undefined;
  }
  try {
    return await context.readSigner(source);
  } catch (error) {
    const what =
      source.kind === 'secret' ? 'the key in this secret' : `the key ${quote(source.key)} of the vault`;
    context.report(at, `${what} cannot be used: ${reasonOf(error, source)}`);
    return undefined;
  }
}

// Only words that were chosen here are shown, and not even those if a line of the secret got into them.
function reasonOf(error: unknown, source: SignerSource): string {
  if (!(error instanceof ChartsealError)) return 'it cannot be read';
  const words = `${error.message}; ${error.help}`;
  const secrets =
    source.kind === 'vault'
      ? [source.token]
      : [...source.armored.split(/\s+/).filter((line) => line.length >= 16), source.passphrase ?? ''];
  return secrets.some((secret) => secret !== '' && words.includes(secret)) ? 'it cannot be read' : words;
}
