import type { CheckContext } from './check-context.ts';
import type { ConfigFiles } from './config-files.ts';
import { fileAt } from './file-at.ts';
import { mapOf } from './plain.ts';
import type { Path } from './problem.ts';
import { PUBLIC_GOOD } from './public-good.ts';
import type { SigstoreKeySource, SigstoreSignerSource } from './read-signer.ts';
import { readVaultSource } from './read-vault-source.ts';
import { signingSigstoreSchema } from './schema.ts';
import { passphraseAt, secretAt } from './secret-at.ts';

const KINDS = ['secret', 'vault', 'keyless'] as const;

/** The `sigstore` of a signing entry as it is written. */
export type SigningSigstoreText = NonNullable<ReturnType<typeof signingSigstoreSchema.safeParse>['data']>;

/**
 * Checks the `sigstore` of a signing entry and reads what it names: secrets where the configuration is to be served,
 * files always.
 * @returns undefined if something is wrong, which is reported, or if no secret is read here
 */
export async function readSigstoreSource(
  raw: unknown,
  path: Path,
  files: ConfigFiles,
  context: CheckContext,
): Promise<{ source: SigstoreSignerSource; text: SigningSigstoreText } | undefined> {
  const text = signingSigstoreSchema.safeParse(raw).data;
  if (text === undefined || !checkFields(text, raw, path, context)) return undefined;
  const key = await readKey(text, path, context);
  if (text.signingConfig === undefined) {
    return key && { source: { ...key, signingConfig: undefined }, text };
  }
  const signingConfig = await fileAt(text.signingConfig, [...path, 'signingConfig'], context, files.readFile);
  const root = await fileAt(text.root ?? PUBLIC_GOOD, [...path, 'root'], context, files.readRootFile);
  if (key === undefined || signingConfig === undefined || root === undefined) return undefined;
  return { source: { ...key, signingConfig }, text };
}

async function readKey(
  text: SigningSigstoreText,
  path: Path,
  context: CheckContext,
): Promise<SigstoreKeySource | undefined> {
  const { secret, passphrase, vault } = text;
  if (vault !== undefined) return readVaultSource(vault, [...path, 'vault'], context);
  // Without a secret nothing stands in the way of it where the configuration is only looked at.
  if (secret === undefined) {
    return context.secret === undefined || context.use === 'verify' ? undefined : { kind: 'keyless' };
  }
  const pem = secretAt(secret, [...path, 'secret'], context);
  if (passphrase === undefined) return pem === undefined ? undefined : { kind: 'secret', pem };
  const phrase = passphraseAt(passphrase, [...path, 'passphrase'], context);
  return pem === undefined || phrase === undefined ? undefined : { kind: 'secret', pem, passphrase: phrase };
}

function checkFields(text: SigningSigstoreText, raw: unknown, path: Path, { report }: CheckContext): boolean {
  const kinds = KINDS.filter((kind) => text[kind] !== undefined);
  if (kinds.length !== 1) {
    const found = kinds.join(' and ') || Object.keys(mapOf(raw)).join(' and ') || 'an empty map';
    report(path, `found ${found}; allowed: secret (and passphrase), vault, or keyless`);
    return false;
  }
  const [kind] = kinds;
  let good = true;
  const refuse = (field: keyof SigningSigstoreText, why: string) => {
    if (text[field] === undefined) return;
    report([...path, field], why);
    good = false;
  };
  if (kind !== 'secret') refuse('passphrase', 'goes with secret; remove it');
  if (kind !== 'keyless')
    refuse('certificateTransparency', 'goes with keyless: a key has no certificate; remove it');
  if (text.signingConfig === undefined) {
    if (kind === 'keyless') {
      report(
        [...path, 'signingConfig'],
        'missing; allowed: the path of a signing_config.json, which says who issues certificates',
      );
      good = false;
    }
    refuse(
      'root',
      'goes with signingConfig: without it there is neither log nor timestamp to verify; remove it',
    );
  }
  return good;
}
