import type { CheckContext } from './check-context.ts';
import { checkOrigin } from './check-origin.ts';
import { missingSecret } from './check-registries.ts';
import { wordsOf } from './load-trust.ts';
import { mapOf } from './plain.ts';
import { type Path, quote } from './problem.ts';
import type { SignerSource } from './read-signer.ts';
import { signingPgpSchema } from './schema.ts';
import { readSecret } from './secret.ts';

type Vault = NonNullable<NonNullable<ReturnType<typeof signingPgpSchema.safeParse>['data']>['vault']>;

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
  if (vault !== undefined) return readVault(vault, unsafeAllow, [...path, 'vault'], context);
  const armored = secretAt(secret as string, [...path, 'secret'], context);
  if (passphrase === undefined) {
    return armored === undefined ? undefined : { kind: 'secret', armored, unsafeAllow };
  }
  const phrase = secretAt(passphrase, [...path, 'passphrase'], context);
  if (armored === undefined || phrase === undefined) return undefined;
  // The line break that files end with is no part of a passphrase; a blank may be.
  return { kind: 'secret', armored, passphrase: phrase.replace(/\r?\n$/, ''), unsafeAllow };
}

async function readVault(
  vault: Vault,
  unsafeAllow: readonly 'ed25519'[],
  path: Path,
  context: CheckContext,
): Promise<SignerSource | undefined> {
  const address = checkOrigin(vault.address, { path: true });
  if ('problem' in address) context.report([...path, 'address'], address.problem);
  let publicKey: Uint8Array | undefined;
  try {
    publicKey = await context.readFile(vault.publicKey);
  } catch (error) {
    context.report(
      [...path, 'publicKey'],
      `cannot read the file ${quote(vault.publicKey)}: ${wordsOf(error)}`,
    );
  }
  const token = secretAt(vault.token.secret, [...path, 'token', 'secret'], context)?.trim();
  if ('problem' in address || publicKey === undefined || token === undefined) return undefined;
  const { key, mount, namespace, keyVersion } = vault;
  return {
    kind: 'vault',
    address: address.origin,
    key,
    token,
    publicKey,
    ...(mount === undefined ? {} : { mount }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(keyVersion === undefined ? {} : { keyVersion }),
    unsafeAllow,
  };
}

function secretAt(name: string, path: Path, context: CheckContext): string | undefined {
  if (context.secret === undefined || context.use === 'verify') return undefined;
  const value = readSecret(name, context.secret);
  if (value === undefined) context.report(path, missingSecret(name), 'config.secret_missing');
  return value;
}
