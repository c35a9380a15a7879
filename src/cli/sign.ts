import { CODES, type Code } from '../base/codes.ts';
import { ChartsealError } from '../base/error.ts';
import type { Io } from '../platform/node/io.ts';
import { exitStatusOfSigning } from './exit-status.ts';
import { parseTarget, type Target } from './parse-target.ts';
import { printError } from './print-error.ts';
import type { SignOptions } from './sign-options.ts';
import { usageError } from './usage-error.ts';

/**
 * `chartseal sign`: signs a chart in a registry, all charts of a repository, or a local archive; with a key of its own
 * or by a running service.
 * @returns 0 signed or nothing to do, 1 refused, 2 usage, configuration or key, 3 a registry or signer failed
 */
export async function signCommand(text: string, options: SignOptions, io: Io): Promise<number> {
  try {
    const target = await parseTarget(text, io.cwd);
    refuseMisfits(target, options);
    return await start(target, options, io);
  } catch (error) {
    printError(options.server === undefined ? inOwnWords(error) : error, io);
    return exitStatusOfSigning(error);
  }
}

// The table's remedies speak of requests to a service and of its configuration.
const REMEDIES: Partial<Record<Code, string>> = {
  'sign.tag_required': 'Add the tag: oci://HOST/REPOSITORY:TAG@DIGEST. With --detached none is needed.',
  'sign.already_signed': 'Verify it with chartseal verify. --replace takes its place.',
  'sign.identity_required': 'Add --keyless, which finds the token, or --identity-token FILE.',
  'sign.has_referrers': 'Attach the provenance before other signatures, or use --detached.',
  'registry.tag_immutable':
    'Push a new version, or add --detached: the chart stays as it is. (Helm does not look at detached provenance.)',
};

function inOwnWords(error: unknown): unknown {
  const help = error instanceof ChartsealError ? REMEDIES[error.code] : undefined;
  if (!(error instanceof ChartsealError) || help === undefined) return error;
  // What the message itself says to do is better.
  if (error.help !== CODES[error.code].help) return error;
  return new ChartsealError(error.code, error.message, { help, retryable: error.retryable });
}

async function start(target: Target, options: SignOptions, io: Io): Promise<number> {
  if (target.kind === 'file') {
    const { signArchive } = await import('./sign-archive.ts');
    return signArchive(target.path, options, io);
  }
  if (options.all) {
    const { signAll } = await import('./sign-all.ts');
    return signAll(target, options, io);
  }
  const { signReference } = await import('./sign-reference.ts');
  return signReference(target, options, io);
}

const SIGSTORE_DETAILS = [
  ['signingConfig', '--signing-config'],
  ['trustedRoot', '--trusted-root'],
  ['certificateTransparency', '--certificate-transparency'],
  ['legacyTag', '--legacy-tag'],
  ['annotation', '--annotation'],
] as const satisfies [keyof SignOptions, string][];

// What an option is for must be there, or somebody waits for a signature that nobody makes.
function refuseSigstoreMisfits(
  options: SignOptions,
  refuse: (used: unknown, flag: string, why: string) => void,
): void {
  const { cosignKey, keyless, server, signingConfig, passphraseFile, identityToken } = options;
  const isOurs = cosignKey !== undefined || keyless === true;
  if (server === undefined) {
    if (!keyless) refuse(identityToken, '--identity-token', 'goes with --keyless');
    if (!isOurs)
      for (const [field, flag] of SIGSTORE_DETAILS)
        refuse(options[field], flag, 'goes with --cosign-key or --keyless');
  }
  if (!keyless) refuse(options.certificateTransparency, '--certificate-transparency', 'goes with --keyless');
  if (signingConfig === undefined)
    refuse(options.trustedRoot, '--trusted-root', 'goes with --signing-config');
  if (passphraseFile === '-' && identityToken === '-')
    throw usageError('--passphrase-file - and --identity-token - both read the standard input');
  const isPgp = options.key !== undefined || options.vault !== undefined || server !== undefined;
  if (isOurs && !isPgp) {
    const why =
      'is of PGP: sigstore leaves the chart as it is, and never takes the place of another signature';
    refuse(options.detached, '--detached', why);
    refuse(options.replace, '--replace', why);
  }
}

function refuseMisfits(target: Target, options: SignOptions): void {
  const refuse = (used: unknown, flag: string, why: string) => {
    if (used !== undefined && used !== false)
      throw usageError(`${flag} ${why}`, 'See: chartseal sign --help');
  };
  if (options.key !== undefined) refuse(options.vault, '--vault', 'does not go with --key: one key signs');
  refuseSigstoreMisfits(options, refuse);
  if (options.vault === undefined) {
    refuse(options.vaultKey, '--vault-key', 'goes with --vault');
    refuse(options.publicKey, '--public-key', 'goes with --vault');
  } else if (options.cosignKey === undefined)
    refuse(options.passphraseFile, '--passphrase-file', 'goes with --key; a vault takes VAULT_TOKEN');
  if (options.server === undefined)
    refuse(options.with[0], '--with', 'names a key of a service, with --server');
  else {
    const why = 'does not go with --server: the service signs with its own keys';
    refuse(options.key, '--key', why);
    refuse(options.vault, '--vault', why);
    refuse(options.cosignKey, '--cosign-key', why);
    for (const [field, flag] of SIGSTORE_DETAILS) refuse(options[field], flag, why);
    if (!options.all)
      refuse(options.plainHttp, '--plain-http', 'does not go with --server: it asks the registry');
    if (options.with.length === 0)
      throw usageError('--server needs the name of its key', 'Add --with NAME, a name under "signing".');
  }
  if (target.kind === 'file') {
    const why = 'is for charts in a registry, and this is a file';
    const { expectedDigest, detached, refuseIfReferrers, plainHttp, caFile, server, all } = options;
    refuse(expectedDigest, '--expected-digest', why);
    refuse(detached, '--detached', why);
    refuse(refuseIfReferrers, '--refuse-if-referrers', why);
    refuse(plainHttp, '--plain-http', why);
    refuse(caFile, '--ca-file', why);
    refuse(server, '--server', why);
    refuse(all, '--all', why);
    const none = 'signs the manifest of a chart in a registry, and this is a file';
    refuse(options.cosignKey, '--cosign-key', none);
    refuse(options.keyless, '--keyless', none);
  }
  if (!options.all) refuse(options.yes, '--yes', 'goes with --all; one chart is named by its digest instead');
  else {
    const { reference } = target as Target & { kind: 'reference' };
    refuse(
      options.expectedDigest,
      '--expected-digest',
      'names one chart, and --all signs all of a repository',
    );
    if (reference.tag !== undefined || reference.digest !== undefined)
      throw usageError('--all takes a repository without tag and digest', 'Write oci://HOST/REPOSITORY.');
  }
}
