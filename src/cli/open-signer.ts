import { basename } from 'node:path';
import { clean } from '../base/text.ts';
import type { Io } from '../platform/node/io.ts';
import { type PgpSigner, readSecretKey, vaultSigner } from '../provenance/index.ts';
import { readNamedFile } from './files.ts';
import { readPassphrase } from './read-passphrase.ts';
import { unlockKey } from './unlock-key.ts';
import { usageError } from './usage-error.ts';
import { vaultAccess } from './vault-access.ts';

/** The options that name a key. */
export interface KeyOptions {
  key?: string | undefined;
  passphraseFile?: string | undefined;
  vault?: string | undefined;
  vaultKey?: string | undefined;
  publicKey?: string | undefined;
}

/** A key that is ready to sign. */
interface OpenSigner {
  /** How the user knows it: the name of its file, or that in the vault. */
  name: string;
  signer: PgpSigner;
  close: () => Promise<void>;
}

/**
 * Takes the key of `--key FILE` or `--vault ADDRESS` into use; a passphrase comes from `--passphrase-file`, or is asked
 * for where there is a terminal.
 * @throws ChartsealError sign.key_unusable, file.unreadable, usage.invalid, keyring.*
 */
export async function openSigner(options: KeyOptions, io: Io): Promise<OpenSigner> {
  if (options.vault !== undefined) return openVaultSigner({ ...options, vault: options.vault }, io);
  if (options.key === undefined) {
    throw usageError(
      'it is not said which key signs',
      'Give --key FILE (an armored secret key; "chartseal keys generate" makes one), --cosign-key FILE, --keyless, --vault ADDRESS with --vault-key and --public-key, or --server URL with --with NAME.',
    );
  }
  const bytes = await readNamedFile(options.key, io.cwd, '--key');
  const armored = new TextDecoder().decode(bytes);
  const passphrase =
    options.passphraseFile === undefined ? undefined : await readPassphrase(options.passphraseFile, io);
  const signer = await unlockKey(
    {
      flag: '--key',
      file: options.key,
      word: 'passphrase',
      given: passphrase,
      read: (words) => readSecretKey(armored, { passphrase: words, at: io.clock() }),
      code: 'sign.key_unusable',
      help: {
        missing:
          'Give it with --passphrase-file FILE (its first line; "-" is the standard input), or run at a terminal.',
        wrong: 'Type it again, or check the first line of --passphrase-file.',
      },
    },
    io,
  );
  return { name: clean(basename(options.key), 100), signer, close: async () => {} };
}

async function openVaultSigner(options: KeyOptions & { vault: string }, io: Io): Promise<OpenSigner> {
  const { vault, vaultKey, publicKey: file } = options;
  if (file === undefined) {
    throw usageError(
      '--vault needs the certificate of the key',
      'Add --public-key FILE. Make it once: chartseal keys generate --vault ADDRESS --vault-key NAME --user-id "NAME <MAIL>"',
    );
  }
  const publicKey = await readNamedFile(file, io.cwd, '--public-key');
  const { close, ...access } = await vaultAccess({ vault, vaultKey }, io);
  try {
    const signer = await vaultSigner({ ...access, publicKey, at: io.clock() });
    return { name: clean(access.key, 100), signer, close };
  } catch (error) {
    await close();
    throw error;
  }
}
