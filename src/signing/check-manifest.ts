import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { type ArchiveFacts, type ChartMetadata, readMetadata } from '../chart/index.ts';
import type { RegistrySession } from '../oci/index.ts';
import { matchManifest } from '../subject/index.ts';
import { MAX_CONFIG_BYTES } from '../verification/index.ts';
import type { SignTarget } from './task.ts';

const CLAIMED = ['name', 'version'] as const;
const ANNOTATION = { name: 'org.opencontainers.image.title', version: 'org.opencontainers.image.version' };

/**
 * Holds what the manifest says of itself to the archive that was read. Whoever verifies a signature of the manifest
 * believes its annotations and its config blob without reading the archive, so an old chart under a new version's
 * manifest must not be signed.
 * @throws ChartsealError `sign.archive` naming what differs, or when neither says that it is the chart asked for;
 * `registry.*`
 */
export async function checkManifest(
  session: RegistrySession,
  { reference, shape }: SignTarget,
  archive: ArchiveFacts,
): Promise<void> {
  const config = readConfig(await session.getBlob(reference, shape.config, MAX_CONFIG_BYTES));
  for (const field of CLAIMED) {
    const annotation = shape.annotations[ANNOTATION[field]];
    if (annotation !== undefined) agree(`the annotation ${ANNOTATION[field]}`, annotation, archive, field);
    if (config !== undefined) agree(`${field} of the config`, config[field], archive, field);
  }
  const match = matchManifest(shape, reference, config, []);
  if (match.holds) return;
  const why = match.reasons.map(({ code, message }) => `${code}: ${message}`).join('; ');
  throw new ChartsealError(
    'sign.archive',
    `the manifest does not say that it is the chart asked for: ${why}`,
  );
}

function agree(what: string, claimed: string, { metadata }: ArchiveFacts, field: 'name' | 'version'): void {
  // Helm trims what it writes into annotations.
  if (claimed.trim() === metadata[field].trim()) return;
  throw new ChartsealError(
    'sign.archive',
    `${what} is "${clean(claimed)}", and the archive says "${clean(metadata[field])}"`,
  );
}

// A config that is no metadata claims nothing; then the annotations must.
function readConfig(bytes: Uint8Array): ChartMetadata | undefined {
  try {
    return readMetadata(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch {
    return undefined;
  }
}
