import type { CheckContext } from './check-context.ts';
import { checkOrigin } from './check-origin.ts';
import { fileAt } from './file-at.ts';
import type { Path } from './problem.ts';
import type { VaultSource } from './read-signer.ts';
import { secretAt } from './secret-at.ts';

/** The `vault` of a signing entry as it is written. */
interface VaultText {
  address: string;
  key: string;
  token: { secret: string };
  publicKey: string;
  mount?: string | undefined;
  namespace?: string | undefined;
  keyVersion?: number | undefined;
}

/**
 * Checks a key in a vault and reads what it names: the file with the public half always, the token where the
 * configuration is to be served.
 * @returns undefined if something is wrong, which is reported, or if no secret is read here
 */
export async function readVaultSource(
  vault: VaultText,
  path: Path,
  context: CheckContext,
): Promise<VaultSource | undefined> {
  const address = checkOrigin(vault.address, { path: true });
  if ('problem' in address) context.report([...path, 'address'], address.problem);
  const publicKey = await fileAt(vault.publicKey, [...path, 'publicKey'], context, context.readFile);
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
  };
}
