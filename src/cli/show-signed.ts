import { clean } from '../base/text.ts';
import { PUBLIC_GOOD } from '../config/public-good.ts';
import { parseReference } from '../oci/index.ts';
import type { Io } from '../platform/node/io.ts';
import { toSafeJson } from '../report/index.ts';
import type { SignResult } from '../signing/index.ts';
import type { SignOptions } from './sign-options.ts';

/**
 * Writes what was signed to stdout: before, after, by whom, and what users of Helm and cosign do with it.
 * @param cosignFlags what `cosign verify` must be told, by the name of the signer
 */
export function showSigned(
  result: SignResult,
  options: SignOptions,
  io: Io,
  cosignFlags: ReadonlyMap<string, readonly string[]> = new Map(),
): void {
  if (options.format === 'json') {
    io.stdout.write(`${toSafeJson(result)}\n`);
    return;
  }
  const lines = [`${headline(result)}  ${clean(result.reference, 600)}`];
  const field = (name: string, value: string) => lines.push(`  ${name.padEnd(10)}${clean(value, 600)}`);
  field('before', result.before);
  if (result.after !== null) field('after', result.after);
  const isPgp = result.signatures.some(({ scheme }) => scheme === 'pgp');
  if (isPgp || result.signatures.length === 0) field('mode', result.mode);
  for (const { name, fingerprint, issuer, subject, legacyTag } of result.signatures) {
    if (fingerprint === undefined) field('identity', `${subject}, by ${issuer} (${name})`);
    else field('key', `${fingerprint} (${name})`);
    if (legacyTag !== undefined) field('tag', legacyTag);
  }
  // What it predicts of Helm is for the digest it was asked about, and Helm looks for other file names there.
  if (result.report !== null) field('verified', `${result.report.verdict}, read back from the registry`);
  if (result.audit !== null && options.server !== undefined)
    field('audit', `record ${result.audit.seq}, ${result.audit.hash}`);
  if (result.leftBehind.length > 0) {
    lines.push(
      '',
      'left behind at the old digest, like signatures by cosign (make them again for the new one):',
    );
    for (const { digest, artifactType } of result.leftBehind)
      lines.push(`  ${clean(digest, 80)} ${clean(artifactType ?? 'of no type', 100)}`);
  }
  if (result.after !== null) {
    if (isPgp) lines.push('', ...helmSteps(result, options));
    if (result.signatures.some(({ scheme }) => scheme === 'sigstore'))
      lines.push('', ...cosignSteps(result, options, cosignFlags));
  }
  io.stdout.write(`${lines.join('\n')}\n`);
}

function headline({ changed, dryRun }: SignResult): string {
  if (!changed) return 'SIGNED ALREADY';
  return dryRun ? 'WOULD BE SIGNED' : 'SIGNED';
}

function helmSteps(result: SignResult, options: SignOptions): string[] {
  const { host, repository, tag } = parseReference(result.reference);
  const chart = `oci://${host}/${repository}`;
  if (result.mode === 'detached') {
    const which = tag === undefined ? `${chart}@${result.before}` : `${chart}:${tag}`;
    return [
      'Helm does not look at detached provenance; chartseal does:',
      `  chartseal verify ${which} --keyring release.asc${options.plainHttp ? ' --plain-http' : ''}`,
    ];
  }
  const fingerprint = result.signatures.find(({ scheme }) => scheme === 'pgp')?.fingerprint ?? 'FINGERPRINT';
  const keyring =
    options.server === undefined
      ? `gpg --export ${fingerprint} > release.gpg   # if you have no release.gpg of "chartseal keys generate"`
      : `curl -fsS ${clean(options.server.replace(/\/+$/, ''), 300)}/keys/pgp.gpg -o release.gpg`;
  return [
    'Users of Helm verify it with the public key as a binary keyring:',
    `  ${keyring}`,
    `  helm pull ${chart} --version ${tag?.replaceAll('_', '+') ?? 'VERSION'} --verify --keyring release.gpg${options.plainHttp ? ' --plain-http' : ''}`,
  ];
}

function cosignSteps(
  { reference, after, signatures }: SignResult,
  options: SignOptions,
  cosignFlags: ReadonlyMap<string, readonly string[]>,
): string[] {
  const { cosignKey, plainHttp } = options;
  const { host, repository } = parseReference(reference);
  const commands = signatures.flatMap(({ name, scheme, fingerprint, issuer, subject }) => {
    if (scheme !== 'sigstore') return [];
    // The public half stands beside the key, as cosign writes it.
    const file = cosignKey?.endsWith('.key') ? `${cosignKey.slice(0, -4)}.pub` : 'cosign.pub';
    const who =
      fingerprint === undefined
        ? ['--certificate-identity', quoted(subject), '--certificate-oidc-issuer', quoted(issuer)]
        : ['--key', clean(file, 300)];
    const flags = [
      ...(cosignFlags.get(name) ?? []),
      ...trustFlags(options, fingerprint === undefined),
      ...(plainHttp ? ['--allow-http-registry'] : []),
    ];
    return `  cosign verify ${[...who, ...flags].join(' ')} ${host}/${repository}@${clean(after ?? '', 80)}`;
  });
  return ['Users of cosign verify it:', ...commands];
}

// What was signed was verified by the trusted root of --trusted-root; cosign knows that of sigstore.dev alone.
function trustFlags(
  { trustedRoot, signingConfig, certificateTransparency }: SignOptions,
  isKeyless: boolean,
): string[] {
  const isOwn = trustedRoot !== undefined && trustedRoot !== PUBLIC_GOOD && signingConfig !== undefined;
  return [
    ...(isOwn ? ['--trusted-root', quotedIfNeeded(trustedRoot)] : []),
    ...(isKeyless && certificateTransparency === 'optional' ? ['--insecure-ignore-sct'] : []),
  ];
}

function quotedIfNeeded(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : quoted(text);
}

// As a shell takes it for one word.
function quoted(text = ''): string {
  return `'${clean(text, 600).replaceAll("'", `'\\''`)}'`;
}
