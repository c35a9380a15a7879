import { clean } from '../base/text.ts';
import type { Io } from '../platform/node/io.ts';
import { type Certificate, generateKey, makeVaultCertificate } from '../provenance/index.ts';
import { EXIT } from './exit-status.ts';
import type { KeysGenerateOptions } from './keys-generate-options.ts';
import { readPassphrase } from './read-passphrase.ts';
import { type NewKey, showNewKey } from './show-new-key.ts';
import { usageError } from './usage-error.ts';
import { vaultAccess } from './vault-access.ts';
import { type NewFile, refuseExisting, writeKeyFiles } from './write-key-files.ts';

/**
 * `chartseal keys generate`: makes a key that every Helm accepts and writes its halves to files of their own, or makes
 * the certificate of a key that stays in a vault. No secret is ever printed.
 * @throws ChartsealError file.exists (nothing is written then), usage.invalid, sign.key_unusable, sign.signer_*
 */
export async function keysGenerateCommand(options: KeysGenerateOptions, io: Io): Promise<number> {
  refuseMisfits(options);
  if (options.cosign) {
    const { generateCosign } = await import('./generate-cosign.ts');
    return generateCosign({ ...options, out: options.out ?? 'cosign' }, io);
  }
  const { userId, out = 'release' } = options;
  if (userId === undefined) {
    throw usageError(
      'it is not said whose key it is',
      'Add --user-id "NAME <MAIL>", or --cosign for a cosign key.',
    );
  }
  return generatePgp({ ...options, userId, out }, io);
}

type PgpOptions = KeysGenerateOptions & { userId: string; out: string };

async function generatePgp(options: PgpOptions, io: Io): Promise<number> {
  const at = io.clock();
  const expiresAt = options.expires === undefined ? undefined : endOfDay(options.expires, at);
  const key =
    options.vault === undefined
      ? await make(options, at, expiresAt, io)
      : await certify(options, at, expiresAt, io);
  await writeKeyFiles(key.files, io.cwd);
  const { files, ...facts } = key;
  const shown: NewKey = { ...facts, expiresAt, paths: files.map(({ path, secret }) => ({ path, secret })) };
  showNewKey(shown, options, io);
  return EXIT.allow;
}

function refuseMisfits({
  cosign,
  userId,
  expires,
  vault,
  vaultKey,
  type,
  passphraseFile,
}: KeysGenerateOptions): void {
  if (cosign) {
    const why = 'is of PGP keys, and --cosign makes one for cosign';
    if (userId !== undefined) throw usageError(`--user-id ${why}`);
    if (type !== undefined) throw usageError(`--type ${why}`);
    if (expires !== undefined) throw usageError(`--expires ${why}`);
  }
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
  { userId, type, passphraseFile, out }: PgpOptions,
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
  options: PgpOptions,
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
