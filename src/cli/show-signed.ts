import { clean } from '../base/text.ts';
import { parseReference } from '../oci/index.ts';
import type { Io } from '../platform/node/io.ts';
import { toSafeJson } from '../report/index.ts';
import type { SignResult } from '../signing/index.ts';
import type { SignOptions } from './sign.ts';

/** Writes what was signed to stdout: before, after, by which key, and what users of Helm do with it. */
export function showSigned(result: SignResult, options: SignOptions, io: Io): void {
  if (options.format === 'json') {
    io.stdout.write(`${toSafeJson(result)}\n`);
    return;
  }
  const lines = [`${headline(result)}  ${clean(result.reference, 600)}`];
  const field = (name: string, value: string) => lines.push(`  ${name.padEnd(10)}${clean(value, 600)}`);
  field('before', result.before);
  if (result.after !== null) field('after', result.after);
  field('mode', result.mode);
  for (const { name, fingerprint } of result.signatures) field('key', `${fingerprint} (${name})`);
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
  if (result.after !== null) lines.push('', ...nextSteps(result, options));
  io.stdout.write(`${lines.join('\n')}\n`);
}

function headline({ changed, dryRun }: SignResult): string {
  if (!changed) return 'SIGNED ALREADY';
  return dryRun ? 'WOULD BE SIGNED' : 'SIGNED';
}

function nextSteps(result: SignResult, options: SignOptions): string[] {
  const { host, repository, tag } = parseReference(result.reference);
  const chart = `oci://${host}/${repository}`;
  if (result.mode === 'detached') {
    const which = tag === undefined ? `${chart}@${result.before}` : `${chart}:${tag}`;
    return [
      'Helm does not look at detached provenance; chartseal does:',
      `  chartseal verify ${which} --keyring release.asc${options.plainHttp ? ' --plain-http' : ''}`,
    ];
  }
  const fingerprint = result.signatures[0]?.fingerprint ?? 'FINGERPRINT';
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
