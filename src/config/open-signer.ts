import { ChartsealError } from '../base/error.ts';
import type { PgpSigner } from '../provenance/index.ts';
import type { CheckContext } from './check-context.ts';
import type { SigstoreSigningEntry } from './config.ts';
import type { ConfigFiles } from './config-files.ts';
import { type Path, quote } from './problem.ts';
import { PUBLIC_GOOD } from './public-good.ts';
import type { SignerSource, SigstoreSignerSource } from './read-signer.ts';
import type { SigningSigstoreText } from './read-sigstore-source.ts';
import { wordsOf } from './words-of.ts';

/** Takes a PGP key into use; undefined if it cannot be used, which is reported. */
export async function openPgpSigner(
  source: SignerSource,
  path: Path,
  context: CheckContext,
): Promise<PgpSigner | undefined> {
  const { readSigner } = context;
  return attempt(source, path, context, readSigner && (() => readSigner(source)));
}

/** Takes a key of sigstore into use, and what its signatures are verified by. */
export async function openSigstoreSigner(
  { source, text }: { source: SigstoreSignerSource; text: SigningSigstoreText },
  path: Path,
  files: ConfigFiles,
  context: CheckContext,
): Promise<
  Pick<SigstoreSigningEntry, 'scheme' | 'signer' | 'trust' | 'legacyTag' | 'annotations'> | undefined
> {
  const { readSigstoreSigner } = context;
  const signer = await attempt(
    source,
    path,
    context,
    readSigstoreSigner && (() => readSigstoreSigner(source)),
  );
  const root = await readRoot(source, text.root ?? PUBLIC_GOOD, [...path, 'root'], files, context);
  if (signer === undefined || 'problem' in root) return undefined;
  const { signingConfig } = source;
  const { readSigningConfig } = await import('../sigstore/index.ts');
  const hasLog = signingConfig !== undefined && readSigningConfig(signingConfig).logs.length > 0;
  return {
    scheme: 'sigstore',
    signer,
    trust: {
      root: root.value,
      transparencyLog: hasLog ? 'required' : 'optional',
      certificateTransparency: text.certificateTransparency ?? 'required',
    },
    legacyTag: text.legacyTag ?? false,
    annotations: new Map(Object.entries(text.annotations ?? {})),
  };
}

// Without services there is nothing that a root would verify.
async function readRoot(
  { signingConfig }: SigstoreSignerSource,
  name: string,
  path: Path,
  { readRoot }: ConfigFiles,
  { report }: CheckContext,
): Promise<{ value: SigstoreSigningEntry['trust']['root'] } | { problem: true }> {
  if (signingConfig === undefined) return { value: undefined };
  try {
    return { value: await readRoot(name) };
  } catch (error) {
    report(path, `cannot use the file ${quote(name)}: ${wordsOf(error)}`);
    return { problem: true };
  }
}

async function attempt<T>(
  source: SignerSource | SigstoreSignerSource,
  path: Path,
  context: CheckContext,
  open: (() => Promise<T>) | undefined,
): Promise<T | undefined> {
  const at = [...path, source.kind];
  if (open === undefined) {
    context.report(at, 'there is nothing here that could sign with it');
    return undefined;
  }
  try {
    return await open();
  } catch (error) {
    context.report(at, `${whatOf(source)} cannot be used: ${reasonOf(error, source)}`);
    return undefined;
  }
}

function whatOf(source: SignerSource | SigstoreSignerSource): string {
  if (source.kind === 'keyless') return 'its signing config';
  return source.kind === 'secret' ? 'the key in this secret' : `the key ${quote(source.key)} of the vault`;
}

// Only words that were chosen here are shown, and not even those if a line of the secret got into them.
function reasonOf(error: unknown, source: SignerSource | SigstoreSignerSource): string {
  if (!(error instanceof ChartsealError)) return 'it cannot be read';
  const words = `${error.message}; ${error.help}`;
  return secretsOf(source).some((secret) => secret !== '' && words.includes(secret))
    ? 'it cannot be read'
    : words;
}

function secretsOf(source: SignerSource | SigstoreSignerSource): string[] {
  if (source.kind === 'keyless') return [];
  if (source.kind === 'vault') return [source.token];
  const text = 'armored' in source ? source.armored : source.pem;
  return [...text.split(/\s+/).filter((line) => line.length >= 16), source.passphrase ?? ''];
}
