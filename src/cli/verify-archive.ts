import { basename } from 'node:path';
import type { Io } from '../platform/node/io.ts';
import type { Report } from '../report/index.ts';
import { verifyFiles } from '../verify-files.ts';
import { chooseConfig } from './choose-config.ts';
import { readArchiveFile } from './read-archive-file.ts';
import { readProvenance } from './read-provenance.ts';
import { usageError } from './usage-error.ts';
import type { VerifyOptions } from './verify-options.ts';
import { withProgress } from './with-progress.ts';

/** Judges a local archive and its provenance, as `helm verify` would be asked. No registry is spoken to. */
export async function verifyArchive(path: string, options: VerifyOptions, io: Io): Promise<Report> {
  const startedAt = io.clock();
  const { config, keyringPolicy } = await chooseConfig(options, io);
  const byKeyringAlone = options.keyring.length > 0 && options.config === undefined;
  if (!byKeyringAlone && options.reference === undefined && options.policy === undefined) {
    throw usageError(
      'a file stands in no registry, so it is not clear which policy of the configuration it has to meet',
      'Add --reference oci://HOST/REPOSITORY:TAG (where the chart will stand) or --policy NAME.',
    );
  }
  const provenance = await readProvenance(path, options.provenance, io.cwd);
  const archive = await withProgress(basename(path), io, () => readArchiveFile(path, io.cwd));
  return verifyFiles(
    {
      archive,
      fileName: basename(path),
      provenance: provenance.bytes,
      reference: options.reference,
      policy: options.policy,
      startedAt,
    },
    { config, keyringPolicy, clock: io.clock, newId: io.newId },
  );
}
