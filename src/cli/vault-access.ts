import type { Io } from '../platform/node/io.ts';
import type { VaultKeyOptions } from '../vault/index.ts';
import { openFetch } from './open-fetch.ts';
import { usageError } from './usage-error.ts';

/** How a command reaches a Vault: what `vaultSigner` and `makeVaultCertificate` take, and how to let go of it. */
type VaultAccess = Pick<VaultKeyOptions, 'address' | 'key' | 'token' | 'namespace' | 'fetch'> & {
  close: () => Promise<void>;
};

/**
 * Reaches the Vault named on the command line. Its token, and a namespace and a CA where they are needed, come from the
 * variables that Vault's own command line takes: VAULT_TOKEN, VAULT_NAMESPACE, VAULT_CACERT.
 * @throws ChartsealError usage.invalid, file.unreadable
 */
export async function vaultAccess(
  { vault, vaultKey }: { vault: string; vaultKey?: string | undefined },
  io: Io,
): Promise<VaultAccess> {
  if (vaultKey === undefined) {
    throw usageError(
      '--vault needs the name of the key',
      'Add --vault-key NAME: a key of the transit engine.',
    );
  }
  const token = io.env.VAULT_TOKEN?.trim();
  if (!token) {
    throw usageError('the environment variable VAULT_TOKEN is not set', 'It holds the token for --vault.');
  }
  const namespace = io.env.VAULT_NAMESPACE?.trim();
  const host = URL.canParse(vault) ? new URL(vault).host : vault;
  const caFile = io.env.VAULT_CACERT || undefined;
  const { fetch, close } = await openFetch({ host, caFile, caFrom: 'VAULT_CACERT' }, io);
  return { address: vault, key: vaultKey, token, ...(namespace ? { namespace } : {}), fetch, close };
}
