import { rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import type { Io } from '../platform/node/io.ts';
import { type Certificate, generateKey, type KeyType, makeVaultCertificate } from '../provenance/index.ts';
import { EXIT } from './exit-status.ts';
import { fileTrouble, kindOfPath } from './files.ts';
import { readPassphrase } from './read-passphrase.ts';
import { type NewKey, showNewKey } from './show-new-key.ts';
import { usageError } from './usage-error.ts';
import { vaultAccess } from './vault-access.ts';

/** The options of `chartseal keys generate` as commander gives them. */
export interface KeysGenerateOptions {
  userId: string;
  type?: KeyType;
  /** YYYY-MM-DD, the last day. */
  expires?: string;
  passphraseFile?: string;
  /** What the names of the files begin with. */
  out: string;
  vault?: string;
  vaultKey?: string;
  format: string;
}

/** A file that is written, and whether only its owner may read it. */
interface NewFile {
  path: string;
  content: string | Uint8Array;
  secret: boolean;
}

/**
 * `chartseal keys generate`: makes a key that every Helm accepts and writes its halves to files of their own, or makes
 * the certificate of a key that stays in a vault. No secret is ever printed.
 * @throws ChartsealError file.exists (nothing is written then), usage.invalid, sign.key_unusable, sign.signer_*
 */
export async function keysGenerateCommand(options: KeysGenerateOptions, io: Io): Promise<number> {
  refuseMisfits(options);
  const at = io.clock();
  const expiresAt = options.expires === undefined ? undefined : endOfDay(options.expires, at);
  const key =
    options.vault === undefined
      ? await make(options, at, expiresAt, io)
      : await certify(options, at, expiresAt, io);
  await writeAll(key.files, io.cwd);
  const { files, ...facts } = key;
  const shown: NewKey = { ...facts, expiresAt, paths: files.map(({ path, secret }) => ({ path, secret })) };
  showNewKey(shown, options, io);
  return EXIT.allow;
}

function refuseMisfits({ vault, vaultKey, type, passphraseFile }: KeysGenerateOptions): void {
  if (vault === undefined) {
    if (vaultKey !== undefined) throw usageError('--vault-key goes with --vault');
    return;
  }
  const why = 'does not go with --vault: the key is there already, and stays there';
  if (type !== undefined) throw usageError(`--type ${why}`);
  if (passphraseFile !== undefined) throw usageError(`--passphrase-file ${why}`);
}

type Made = Omit<NewKey, 'paths' | 'expiresAt'> & { files: NewFile[] };

async function make(
  { userId, type, passphraseFile, out }: KeysGenerateOptions,
  at: number,
  expiresAt: number | undefined,
  io: Io,
): Promise<Made> {
  const files = ['secret.asc', 'revocation.asc', 'asc', 'gpg'].map((end) => `${out}.${end}`);
  await refuseExisting(files, io.cwd);
  const passphrase = passphraseFile === undefined ? undefined : await readPassphrase(passphraseFile, io);
  const key = await generateKey({ userId, type, passphrase, at, expiresAt });
  return {
    ...factsOf(key),
    algorithm: type === 'p256' ? 'ECDSA P-256' : 'RSA-4096',
    secretBytes: key.secretBytes,
    isProtected: passphrase !== undefined,
    files: [
      { path: `${out}.secret.asc`, content: key.secretArmored, secret: true },
      { path: `${out}.revocation.asc`, content: key.revocation, secret: true },
      ...publicFiles(key, out),
    ],
  };
}

async function certify(
  options: KeysGenerateOptions,
  at: number,
  expiresAt: number | undefined,
  io: Io,
): Promise<Made> {
  const { vault = '', vaultKey, userId, out } = options;
  await refuseExisting([`${out}.asc`, `${out}.gpg`], io.cwd);
  const { close, ...access } = await vaultAccess({ vault, vaultKey }, io);
  try {
    const certificate = await makeVaultCertificate({ ...access, userId, at, expiresAt });
    const { address, key } = access;
    return {
      ...factsOf(certificate),
      algorithm: 'as in the vault',
      vault: { address, key, keyVersion: certificate.keyVersion },
      files: publicFiles(certificate, out),
    };
  } finally {
    await close();
  }
}

function factsOf({ fingerprint, keyId, userId }: Certificate) {
  return { fingerprint, keyId, userId };
}

function publicFiles({ publicArmored, publicBinary }: Certificate, out: string): NewFile[] {
  return [
    { path: `${out}.asc`, content: publicArmored, secret: false },
    { path: `${out}.gpg`, content: publicBinary, secret: false },
  ];
}

// The last second of the day, in UTC.
function endOfDay(day: string, now: number): number {
  const start = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(start) || new Date(start).toISOString().slice(0, 10) !== day)
    throw usageError(`--expires is "${clean(day)}"; allowed is a day like 2030-12-31`);
  const end = start + 86_399_000;
  if (end <= now) throw usageError(`--expires ${day} is over already`);
  return end;
}

async function refuseExisting(paths: string[], cwd: string): Promise<void> {
  for (const path of paths) {
    if ((await kindOfPath(path, cwd)) === 'nothing') continue;
    throw new ChartsealError('file.exists', `${clean(path)} is there already; nothing was written`, {
      help: 'Choose another name with --out NAME. A key that signed must not get lost: keep its files.',
    });
  }
}

async function writeAll(files: NewFile[], cwd: string): Promise<void> {
  const written: string[] = [];
  for (const { path, content, secret } of files) {
    const absolute = resolve(cwd, path);
    try {
      await writeFile(absolute, content, { flag: 'wx', mode: secret ? 0o600 : 0o644 });
      written.push(absolute);
    } catch (error) {
      // Half a key is of no use to anybody.
      await Promise.all(written.map((file) => rm(file, { force: true })));
      throw new ChartsealError('file.unreadable', `${clean(path)} cannot be written: ${fileTrouble(error)}`, {
        cause: error,
      });
    }
  }
}
