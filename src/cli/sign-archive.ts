import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { type ArchiveFacts, messageBlock } from '../chart/index.ts';
import type { Io } from '../platform/node/io.ts';
import { type PgpSigner, readKeyring, verifyProvenance } from '../provenance/index.ts';
import { toSafeJson } from '../report/index.ts';
import { EXIT } from './exit-status.ts';
import { fileTrouble } from './files.ts';
import { openSigner } from './open-signer.ts';
import { readArchiveFile } from './read-archive-file.ts';
import { readProvenance } from './read-provenance.ts';
import type { SignOptions } from './sign-options.ts';
import { withProgress } from './with-progress.ts';

/**
 * Signs a local archive: writes `CHART.tgz.prov` beside it, byte for byte what `helm package --sign` writes. A good
 * provenance by the same key that is there already is left alone; any other only gives way to `--replace`.
 * @throws ChartsealError sign.archive, sign.already_signed, sign.key_unusable, file.unreadable
 */
export async function signArchive(path: string, options: SignOptions, io: Io): Promise<number> {
  const fileName = basename(path);
  const archive = await withProgress(fileName, io, () => readArchiveFile(path, io.cwd));
  const text = signedText(archive, fileName);
  const { signer, close } = await openSigner(options, io);
  try {
    const present = await readProvenance(path, undefined, io.cwd);
    const isSigned = present.bytes !== undefined && (await holds(present.bytes, text, archive, signer, io));
    if (present.bytes !== undefined && !isSigned && !options.replace) {
      throw new ChartsealError(
        'sign.already_signed',
        `${clean(present.name)} is there already, and is not what this key signs for this archive`,
        { help: 'Look at it: chartseal verify CHART.tgz --keyring FILE. --replace takes its place.' },
      );
    }
    if (!isSigned && !options.dryRun) {
      const provenance = await signer.clearsign(text, io.clock());
      await write(resolve(io.cwd, present.name), provenance, present.bytes !== undefined);
    }
    const { fingerprint } = signer;
    show(
      { path, provenance: present.name, digest: archive.digest, changed: !isSigned, fingerprint },
      options,
      io,
    );
    return EXIT.allow;
  } finally {
    await close();
  }
}

function signedText(archive: ArchiveFacts, fileName: string): string {
  const failed = archive.checks.find((check) => check.outcome === 'fail');
  if (failed !== undefined) {
    throw new ChartsealError('sign.archive', `${failed.code ?? 'archive.invalid'}: ${failed.message}`);
  }
  const { name, version } = archive.metadata;
  const own = `${name}-${version}.tgz`;
  if (fileName !== own) {
    const code = fileName.startsWith(`${name}-`) ? 'chart.version_mismatch' : 'chart.name_mismatch';
    throw new ChartsealError(
      'sign.archive',
      `${code}: the archive is ${clean(name)} ${clean(version)}, and its file is called ${clean(fileName)}`,
      { help: `Helm looks for a file called ${clean(own)} when it verifies: rename it to that.` },
    );
  }
  return messageBlock(archive.metadata, own, archive.digest);
}

async function holds(
  bytes: Uint8Array,
  text: string,
  { digest, metadata }: ArchiveFacts,
  signer: PgpSigner,
  io: Io,
): Promise<boolean> {
  const keyring = await readKeyring(signer.publicBinary);
  const { outcomes, signedText: signed } = await verifyProvenance({
    bytes,
    source: { kind: 'file', digest: null },
    trusts: [{ scheme: 'pgp', name: 'key', keyring, expiry: 'now', unsafeAllow: [] }],
    archiveDigest: digest,
    asked: { fileNames: [`${metadata.name}-${metadata.version}.tgz`] },
    unsafeAllow: [],
    blockedSigners: [],
    now: io.clock(),
  });
  return outcomes[0]?.state === 'held' && signed?.trimEnd() === text.trimEnd();
}

// Nobody ever sees half of it, and what is there is not overwritten unless that was asked for.
async function write(path: string, provenance: string, replaces: boolean): Promise<void> {
  const part = `${path}.${process.pid}.part`;
  try {
    if (!replaces) return await writeFile(path, provenance, { flag: 'wx', mode: 0o644 });
    await writeFile(part, provenance, { flag: 'wx', mode: 0o644 });
    await rename(part, path);
  } catch (error) {
    if (replaces) await rm(part, { force: true });
    throw new ChartsealError('file.unreadable', `${clean(path)} cannot be written: ${fileTrouble(error)}`, {
      cause: error,
    });
  }
}

interface Signed {
  path: string;
  provenance: string;
  digest: string;
  changed: boolean;
  fingerprint: string;
}

function show(signed: Signed, options: SignOptions, io: Io): void {
  const { path, provenance, digest, changed, fingerprint } = signed;
  const dryRun = options.dryRun === true;
  if (options.format === 'json') {
    const answer = { archive: path, digest, provenance, changed, dryRun, fingerprint };
    io.stdout.write(`${toSafeJson(answer)}\n`);
    return;
  }
  const headline = !changed ? 'SIGNED ALREADY' : dryRun ? 'WOULD BE SIGNED' : 'SIGNED';
  const lines = [
    `${headline}  ${clean(path, 600)}`,
    `  archive   ${digest}`,
    `  ${dryRun && changed ? 'would be  ' : 'file      '}${clean(provenance, 600)}`,
    `  key       ${fingerprint}`,
    '',
    'Next: helm push takes both files along. Users of Helm verify it with the public key as a binary keyring:',
    `  gpg --export ${fingerprint} > release.gpg   # if you have no release.gpg of "chartseal keys generate"`,
    `  helm verify ${clean(path, 600)} --keyring release.gpg`,
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
}
