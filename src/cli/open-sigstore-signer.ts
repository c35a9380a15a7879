import { basename } from 'node:path';
import { sleep } from '../base/sleep.ts';
import { clean } from '../base/text.ts';
import type { SigstoreSigningEntry } from '../config/index.ts';
import { PUBLIC_GOOD } from '../config/public-good.ts';
import { SHIPPED_PUBLIC_GOOD } from '../config/shipped-file.ts';
import type { Io } from '../platform/node/io.ts';
import { readShipped } from '../platform/node/read-shipped.ts';
import type { SigningConfig, SigningKey, SigstoreSigner } from '../sigstore/index.ts';
import { readNamedFile } from './files.ts';
import { openFetch } from './open-fetch.ts';
import { readPassphrase } from './read-passphrase.ts';
import { readAnnotations } from './sigstore-options.ts';
import { unlockKey } from './unlock-key.ts';
import { usageError } from './usage-error.ts';
import { vaultAccess } from './vault-access.ts';

/** The options that say who signs for sigstore, and how. */
export interface SigstoreSignOptions {
  cosignKey?: string | undefined;
  keyless?: boolean | undefined;
  identityToken?: string | undefined;
  signingConfig?: string | undefined;
  trustedRoot?: string | undefined;
  certificateTransparency?: 'required' | 'optional' | undefined;
  legacyTag?: boolean | undefined;
  annotation?: string[] | undefined;
  /** Opens a cosign key where no PGP key is there to be opened. */
  passphraseFile?: string | undefined;
  key?: string | undefined;
}

/** Signers that are ready, with what their signatures are verified by. */
interface OpenSigstoreSigners {
  entries: SigstoreSigningEntry[];
  close: () => Promise<void>;
}

const VAULT = 'hashivault://';
const HOLDERS =
  'Give a file or hashivault://NAME; with a key elsewhere sign by cosign: chartseal verifies what it makes.';

/**
 * Takes the key of `--cosign-key` and, with `--keyless`, the services of `--signing-config` into use. The password of a key
 * comes from COSIGN_PASSWORD, `--passphrase-file`, or is asked for where there is a terminal.
 * @throws ChartsealError sign.cosign_key_unusable, sign.signing_config, sigstore.root_invalid, file.unreadable, usage.invalid
 */
export async function openSigstoreSigners(
  options: SigstoreSignOptions,
  io: Io,
): Promise<OpenSigstoreSigners> {
  const { cosignKey, keyless } = options;
  if (cosignKey === undefined && !keyless) return { entries: [], close: async () => {} };
  const sigstore = await import('../sigstore/index.ts');
  const config = await readConfig(options, io);
  const services = await openFetch({ host: '' }, io);
  const environment = {
    fetch: services.fetch,
    clock: io.clock,
    random: Math.random,
    sleep,
  };
  const closers = [services.close];
  const signers: [string, SigstoreSigner][] = [];
  try {
    if (cosignKey !== undefined) {
      const { key, close } = await openKey(cosignKey, options, io);
      closers.push(close);
      const signer = sigstore.createKeySigner({ ...environment, key, signingConfig: config });
      signers.push([clean(basename(cosignKey), 100), signer]);
    }
    if (keyless && config !== undefined) {
      signers.push(['keyless', sigstore.createKeylessSigner({ ...environment, signingConfig: config })]);
    }
    const root = config && (await sigstore.readTrustedRoot(await readRoot(options, io)));
    const shared = {
      scheme: 'sigstore' as const,
      trust: {
        root,
        transparencyLog:
          config !== undefined && config.logs.length > 0 ? ('required' as const) : ('optional' as const),
        certificateTransparency: options.certificateTransparency ?? ('required' as const),
      },
      repositories: ['**'],
      callers: [],
      unsafeSignTags: false,
      legacyTag: options.legacyTag === true,
      annotations: new Map(Object.entries(readAnnotations(options.annotation ?? []))),
    };
    if (config === undefined) warn(cosignKey, io);
    return {
      entries: signers.map(([name, signer]) => ({ ...shared, name, signer })),
      close: async () => void (await Promise.all(closers.map((close) => close()))),
    };
  } catch (error) {
    await Promise.all(closers.map((close) => close()));
    throw error;
  }
}

function warn(cosignKey: string | undefined, io: Io): void {
  io.stderr.write(
    `note: without --signing-config ${clean(basename(cosignKey ?? ''), 200)} signs with neither transparency log nor timestamp; whoever verifies must allow that (chartseal: --transparency-log optional, or transparencyLog: optional in its configuration; cosign: --insecure-ignore-tlog)\n`,
  );
}

async function readConfig(
  { signingConfig, keyless }: SigstoreSignOptions,
  io: Io,
): Promise<SigningConfig | undefined> {
  if (signingConfig === undefined) {
    if (!keyless) return undefined;
    throw usageError(
      '--keyless needs the services to sign with: who issues the certificate, which log and which timestamp authority',
      'Add --signing-config FILE: the signing_config.json of your sigstore.',
    );
  }
  const { readSigningConfig } = await import('../sigstore/index.ts');
  return readSigningConfig(await readNamedFile(signingConfig, io.cwd, '--signing-config'));
}

function readRoot({ trustedRoot }: SigstoreSignOptions, io: Io): Promise<Uint8Array> {
  if (trustedRoot === undefined || trustedRoot === PUBLIC_GOOD) return readShipped(SHIPPED_PUBLIC_GOOD);
  return readNamedFile(trustedRoot, io.cwd, '--trusted-root');
}

async function openKey(
  name: string,
  options: SigstoreSignOptions,
  io: Io,
): Promise<{ key: SigningKey; close: () => Promise<void> }> {
  if (name.startsWith(VAULT)) return openVaultKey(name.slice(VAULT.length), io);
  if (name.includes('://')) {
    throw usageError(`--cosign-key ${clean(name)} is in a place that chartseal does not sign with`, HOLDERS);
  }
  const pem = new TextDecoder().decode(await readNamedFile(name, io.cwd, '--cosign-key'));
  const { readCosignKey } = await import('../sigstore/index.ts');
  const key = await unlockKey(
    {
      flag: '--cosign-key',
      file: name,
      word: 'password',
      given: await givenPassword(options, io),
      read: (passphrase) => readCosignKey(pem, { passphrase }),
      code: 'sign.cosign_key_unusable',
      help: {
        missing: 'Set COSIGN_PASSWORD, give --passphrase-file FILE (its first line), or run at a terminal.',
        wrong: 'Type it again, or check COSIGN_PASSWORD or the first line of --passphrase-file.',
      },
    },
    io,
  );
  return { key, close: async () => {} };
}

// An empty COSIGN_PASSWORD is a password, as in cosign. --passphrase-file opens the PGP key where there is one.
async function givenPassword(
  { passphraseFile, key }: SigstoreSignOptions,
  io: Io,
): Promise<string | undefined> {
  const { COSIGN_PASSWORD } = io.env;
  if (COSIGN_PASSWORD !== undefined) return COSIGN_PASSWORD;
  return passphraseFile === undefined || key !== undefined ? undefined : readPassphrase(passphraseFile, io);
}

// cosign's names: VAULT_ADDR and VAULT_TOKEN say where and who, TRANSIT_SECRET_ENGINE_PATH where the engine is mounted.
async function openVaultKey(
  vaultKey: string,
  io: Io,
): Promise<{ key: SigningKey; close: () => Promise<void> }> {
  const vault = io.env.VAULT_ADDR?.trim();
  if (!vault) throw usageError(`${VAULT} needs the address of the vault`, 'Set VAULT_ADDR, and VAULT_TOKEN.');
  const mount = io.env.TRANSIT_SECRET_ENGINE_PATH?.trim() || undefined;
  const { close, ...access } = await vaultAccess({ vault, vaultKey }, io);
  try {
    const { vaultCosignKey, vaultPublicKey } = await import('../sigstore/index.ts');
    const { publicPem, keyVersion } = await vaultPublicKey({ ...access, mount });
    const publicKey = new TextEncoder().encode(publicPem);
    return { key: vaultCosignKey({ ...access, mount, publicKey, keyVersion }), close };
  } catch (error) {
    await close();
    throw error;
  }
}
