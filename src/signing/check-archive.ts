import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { type ArchiveFacts, messageBlock, readArchive } from '../chart/index.ts';
import type { Reference, RegistrySession } from '../oci/index.ts';
import { matchAskedChart } from '../provenance/index.ts';
import { askedFromReference } from '../subject/index.ts';
import type { SignTarget } from './task.ts';

/**
 * Reads the archive: hashed, not believed.
 * @param maxBytes most compressed bytes
 * @throws ChartsealError `sign.archive` for a trap or another chart than the one asked for; `registry.*`
 */
export async function checkArchive(
  session: RegistrySession,
  { reference, shape }: SignTarget,
  maxBytes: number,
): Promise<ArchiveFacts> {
  const stream = await session.streamBlob(reference, shape.chartLayer, maxBytes);
  const archive = await readArchive(stream).catch(asTrap);
  const failed = archive.checks.find((check) => check.outcome === 'fail');
  if (failed !== undefined) {
    throw new ChartsealError('sign.archive', `${failed.code ?? 'archive.invalid'}: ${failed.message}`);
  }
  if (archive.digest !== shape.chartLayer.digest) {
    throw new ChartsealError(
      'sign.archive',
      `the archive read is ${archive.digest}, not ${shape.chartLayer.digest}`,
    );
  }
  const { name, version } = archive.metadata;
  const match = matchAskedChart(
    { name, version, files: {} },
    archive.digest,
    askedFromReference(reference),
    [],
  );
  if (!match.holds) {
    const why = match.reasons.map(({ code, message }) => `${code}: ${message}`).join('; ');
    throw new ChartsealError('sign.archive', `the archive is ${clean(name)} ${clean(version)}: ${why}`);
  }
  return archive;
}

/**
 * The text that `helm package --sign` would sign for an archive.
 * @throws ChartsealError `sign.archive` for metadata that Helm cannot write
 */
export function signedText({ metadata, digest }: ArchiveFacts, reference: Reference): string {
  const { name, version } = metadata;
  // Helm looks for the file by the tag, so a "v" before the version belongs to the name.
  const isPrefixed = reference.tag === `v${version.replaceAll('+', '_')}`;
  const fileName = `${name}-${isPrefixed ? 'v' : ''}${version}.tgz`;
  try {
    return messageBlock(metadata, fileName, digest);
  } catch (error) {
    return asTrap(error);
  }
}

// Limits, and metadata that Helm cannot write, are thrown where other traps are failed checks.
function asTrap(error: unknown): never {
  if (error instanceof ChartsealError && error.code.startsWith('archive.')) {
    throw new ChartsealError('sign.archive', `${error.code}: ${error.message}`, { cause: error });
  }
  throw error;
}
