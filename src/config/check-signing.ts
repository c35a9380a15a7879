import type { CheckContext } from './check-context.ts';
import { checkMatches } from './check-matches.ts';
import { checkName, checkNames } from './check-names.ts';
import { checkUniqueName } from './check-unique-name.ts';
import type { PgpSigningEntry, SigningEntry, SigstoreSigningEntry } from './config.ts';
import type { ConfigFiles } from './config-files.ts';
import { openPgpSigner, openSigstoreSigner } from './open-signer.ts';
import { listOf, mapOf } from './plain.ts';
import type { Path } from './problem.ts';
import { readSignerSource } from './read-signer-source.ts';
import { readSigstoreSource } from './read-sigstore-source.ts';
import { signingSchema } from './schema.ts';

const PGP_ONLY = ['mayReplace', 'unsafeAllow'] as const;

/**
 * Checks `signing` beyond its shape and opens its keys. Where the configuration is only looked at, or used to verify,
 * no key is opened and there are no entries.
 * @param names all names under callers, and all of policies
 */
export async function checkSigning(
  raw: unknown,
  names: { callers: ReadonlySet<string>; policies: ReadonlySet<string> },
  files: ConfigFiles,
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
    const signer = await readSigner(fields, text.data, path, { ...context, readFile: files.readFile }, files);
    if (!text.success || repositories === undefined || signer === undefined) continue;
    const { name, requires, unsafeSignTags = false } = text.data;
    const rules = {
      name,
      repositories,
      callers,
      ...(requires === undefined ? {} : { requires }),
      unsafeSignTags,
    };
    entries.set(name, { ...rules, ...signer });
  }
  return entries;
}

type Text = ReturnType<typeof signingSchema.safeParse>['data'];
type Rules = 'name' | 'repositories' | 'callers' | 'requires' | 'unsafeSignTags';
type Signer = Omit<PgpSigningEntry, Rules> | Omit<SigstoreSigningEntry, Rules>;

// What is wrong with the rest of the entry does not keep the key from being looked at.
async function readSigner(
  fields: Record<string, unknown>,
  text: Text,
  path: Path,
  context: CheckContext,
  files: ConfigFiles,
): Promise<Signer | undefined> {
  const { pgp, sigstore } = fields;
  if ((pgp === undefined) === (sigstore === undefined)) {
    const found = pgp === undefined ? 'neither pgp nor sigstore' : 'pgp and sigstore';
    context.report(path, `found ${found}; allowed: one of them`);
    return undefined;
  }
  if (pgp !== undefined) {
    const at = [...path, 'pgp'];
    const source = await readSignerSource(pgp, text?.unsafeAllow ?? [], at, context);
    const signer = source && (await openPgpSigner(source, at, context));
    return signer && { scheme: 'pgp', signer, mayReplace: text?.mayReplace ?? false };
  }
  const stray = PGP_ONLY.filter((field) => fields[field] !== undefined);
  for (const field of stray) context.report([...path, field], 'goes with pgp only; remove it');
  const at = [...path, 'sigstore'];
  const read = await readSigstoreSource(sigstore, at, files, context);
  const opened = read && (await openSigstoreSigner(read, at, files, context));
  return opened && stray.length === 0 ? opened : undefined;
}
