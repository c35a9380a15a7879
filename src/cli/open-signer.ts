import { basename } from 'node:path';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import type { Io } from '../platform/node/io.ts';
import { type PgpSigner, readSecretKey, vaultSigner } from '../provenance/index.ts';
import { readNamedFile } from './files.ts';
import { readPassphrase } from './read-passphrase.ts';
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
export interface OpenSigner {
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
  const signer = await readKey(armored, options.key, passphrase, io);
  return { name: clean(basename(options.key), 100), signer, close: async () => {} };
}

async function readKey(
  armored: string,
  file: string,
  passphrase: string | undefined,
  io: Io,
): Promise<PgpSigner> {
  try {
    return await readSecretKey(armored, { passphrase, at: io.clock() });
  } catch (error) {
    if (passphrase !== undefined || !needsPassphrase(error)) throw named(error, file);
  }
  const typed = await io.ask?.(`Passphrase of ${clean(file, 200)}: `, { hidden: true });
  if (typed === undefined || typed === '') {
    throw new ChartsealError(
      'sign.key_unusable',
      `--key ${clean(file)}: the key is protected by a passphrase, and none was given`,
      {
        help: 'Give it with --passphrase-file FILE (its first line; "-" is the standard input), or run at a terminal.',
      },
    );
  }
  try {
    return await readSecretKey(armored, { passphrase: typed, at: io.clock() });
  } catch (error) {
    throw named(error, file);
  }
}

// Only the room that reads keys can tell; it says so in words.
function needsPassphrase(error: unknown): boolean {
  return (
    error instanceof ChartsealError &&
    error.code === 'sign.key_unusable' &&
    error.message.includes('protected by a passphrase, and none was given')
  );
}

function named(error: unknown, file: string): unknown {
  if (!(error instanceof ChartsealError)) return error;
  const help = error.message.includes('the passphrase does not open')
    ? 'Type it again, or check the first line of --passphrase-file.'
    : error.help;
  return new ChartsealError(error.code, `--key ${clean(file)}: ${error.message}`, { help });
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
