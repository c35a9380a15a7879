import { resolve } from 'node:path';
import type { Config } from '../config/index.ts';
import type { Io } from '../platform/node/io.ts';
import { kindOfPath } from './files.ts';
import { keyringConfig } from './keyring-config.ts';
import { type SigstoreOptions, signersOf } from './sigstore-options.ts';
import { usageError } from './usage-error.ts';

export const DEFAULT_CONFIG = 'chartseal.yaml';

/** What `verify` judges by. Both given: both must allow. */
interface ChosenConfig {
  config: Config;
  keyringPolicy: Config | undefined;
}

/**
 * `--keyring` and the options for sigstore, `--config`, both, or else `./chartseal.yaml`.
 * @throws ChartsealError usage.invalid with both remedies when there is neither; config.*, keyring.*, file.unreadable
 */
export async function chooseConfig(
  options: SigstoreOptions & { keyring: readonly string[]; config?: string | undefined },
  io: Io,
): Promise<ChosenConfig> {
  const signers = signersOf(options);
  const isGiven = options.keyring.length + signers.length > 0;
  const keyring = isGiven ? await keyringConfig(options.keyring, signers, io.cwd) : undefined;
  const path = options.config ?? (keyring ? undefined : DEFAULT_CONFIG);
  if (path === undefined) return { config: keyring!, keyringPolicy: undefined };
  if (options.config === undefined && (await kindOfPath(path, io.cwd)) !== 'file') {
    throw usageError(
      `it is not said whom to trust: neither --keyring nor --cosign-key nor --issuer and --subject is given, and there is no ./${DEFAULT_CONFIG} in ${io.cwd}`,
      'Give the public key of the signer with --keyring FILE (PGP) or --cosign-key FILE, a keyless one with --issuer and --subject, or a configuration with --config FILE ("chartseal init" writes one).',
    );
  }
  const { loadConfig } = await import('../platform/node/load-config.ts');
  const config = await loadConfig(resolve(io.cwd, path), { env: io.env, use: 'verify' });
  return { config, keyringPolicy: keyring };
}
