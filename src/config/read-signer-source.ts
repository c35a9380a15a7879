import type { CheckContext } from './check-context.ts';
import { mapOf } from './plain.ts';
import type { Path } from './problem.ts';
import type { SignerSource } from './read-signer.ts';
import { readVaultSource } from './read-vault-source.ts';
import { signingPgpSchema } from './schema.ts';
import { passphraseAt, secretAt } from './secret-at.ts';

/**
 * Checks the `pgp` of a signing entry and reads what it names: secrets where the configuration is to be served, the
 * certificate of a vault key always.
 * @returns undefined if something is wrong, which is reported, or if no secret is read here
 */
export async function readSignerSource(
  raw: unknown,
  unsafeAllow: readonly 'ed25519'[],
  path: Path,
  context: CheckContext,
): Promise<SignerSource | undefined> {
  const text = signingPgpSchema.safeParse(raw);
  if (!text.success) return undefined;
  const { secret, passphrase, vault } = text.data;
  if ((secret === undefined) === (vault === undefined) || (vault !== undefined && passphrase !== undefined)) {
    const found = Object.keys(mapOf(raw)).join(' and ') || 'an empty map';
    context.report(path, `found ${found}; allowed: secret (and passphrase), or vault`);
    return undefined;
  }
  if (vault !== undefined) {
    const source = await readVaultSource(vault, [...path, 'vault'], context);
    return source === undefined ? undefined : { ...source, unsafeAllow };
  }
  const armored = secretAt(secret as string, [...path, 'secret'], context);
  if (passphrase === undefined) {
    return armored === undefined ? undefined : { kind: 'secret', armored, unsafeAllow };
  }
  const phrase = passphraseAt(passphrase, [...path, 'passphrase'], context);
  if (armored === undefined || phrase === undefined) return undefined;
  return { kind: 'secret', armored, passphrase: phrase, unsafeAllow };
}
