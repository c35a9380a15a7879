import type { Config, SigstoreTrustText } from '../config/index.ts';
// Not by the index: a keyring alone needs nothing of the schema, which takes long to load.
import { policyFromKeyrings } from '../config/policy-from-keyrings.ts';
import { PUBLIC_GOOD } from '../config/public-good.ts';
import { SHIPPED_PUBLIC_GOOD } from '../config/shipped-file.ts';
import { readShipped } from '../platform/node/read-shipped.ts';
import { KEYRING_POLICY } from '../verification/index.ts';
import { readNamedFile } from './files.ts';

const HOW_TO_EXPORT = "Export the signer's public key: gpg --armor --export KEY > FILE";

/**
 * The configuration that `--keyring FILE` and the options for sigstore stand for: every repository, a signature by any
 * of them.
 * @throws ChartsealError file.unreadable, keyring.invalid, keyring.empty, sigstore.signer_invalid
 */
export async function keyringConfig(
  paths: readonly string[],
  signers: readonly SigstoreTrustText[],
  cwd: string,
): Promise<Config> {
  const read = async (name: string) => ({
    name,
    bytes: await readNamedFile(name, cwd, '--keyring', `Check the path. ${HOW_TO_EXPORT}`),
  });
  const config = await policyFromKeyrings({
    files: await Promise.all(paths.map(read)),
    sigstore: {
      signers,
      files: {
        readFile: (path) => readNamedFile(path, cwd, '--cosign-key'),
        readRoot: async (path) => {
          const { readTrustedRoot } = await import('../sigstore/index.ts');
          const bytes =
            path === PUBLIC_GOOD
              ? await readShipped(SHIPPED_PUBLIC_GOOD)
              : await readNamedFile(path, cwd, '--trusted-root');
          return readTrustedRoot(bytes);
        },
      },
    },
  });
  return { ...config, policies: config.policies.map((policy) => ({ ...policy, name: KEYRING_POLICY })) };
}
