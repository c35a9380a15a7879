import type { Config } from '../config/index.ts';
// Not by the index: a keyring alone needs nothing of the schema, which takes long to load.
import { policyFromKeyrings } from '../config/policy-from-keyrings.ts';
import { KEYRING_POLICY } from '../verification/index.ts';
import { readNamedFile } from './files.ts';

const HOW_TO_EXPORT = "Export the signer's public key: gpg --armor --export KEY > FILE";

/**
 * The configuration that `--keyring FILE` stands for: every repository, a signature by any key of the files.
 * @throws ChartsealError file.unreadable, keyring.invalid, keyring.empty
 */
export async function keyringConfig(paths: readonly string[], cwd: string): Promise<Config> {
  const read = async (name: string) => ({
    name,
    bytes: await readNamedFile(name, cwd, '--keyring', `Check the path. ${HOW_TO_EXPORT}`),
  });
  const config = await policyFromKeyrings({ files: await Promise.all(paths.map(read)) });
  return { ...config, policies: config.policies.map((policy) => ({ ...policy, name: KEYRING_POLICY })) };
}
