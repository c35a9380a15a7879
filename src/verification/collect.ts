import { ChartsealError } from '../base/error.ts';
import type { Reason } from '../base/evidence.ts';
import type { Fetched } from '../base/fetched.ts';
import { type ArchiveFacts, readArchive } from '../chart/index.ts';
import type { Config } from '../config/index.ts';
import type { Manifest } from '../oci/index.ts';
import { type ChartShape, readShape } from '../subject/index.ts';
import type { VerifyTask } from './task.ts';

/** Everything that was read from the registry about one chart, before anybody judges it. */
export interface Collected {
  manifest: Manifest;
  /** undefined: the manifest is no chart, for the reasons in `refused`. */
  shape: ChartShape | undefined;
  refused: Reason[];
  /** undefined: the manifest has no provenance layer. */
  provenance: Fetched<Uint8Array> | undefined;
  /** undefined: depth is `signature`. */
  content: Fetched<ArchiveFacts> | undefined;
}

/**
 * Reads manifest, provenance and (for `content`) the archive. The manifest is resolved once; all else is read by
 * digest, and what does not depend on each other at the same time.
 * @param digest the digest to read the manifest by, when it is already known; otherwise the reference's tag or digest
 * @throws ChartsealError when the manifest cannot be had
 */
export async function collect(
  { reference, depth, session }: VerifyTask,
  digest: string | undefined,
  limits: Config['limits'],
): Promise<Collected> {
  const manifest = await session.getManifest(
    reference,
    digest ?? reference.digest ?? reference.tag ?? 'latest',
  );
  const result = readShape(manifest.body);
  const collected: Collected = {
    manifest,
    shape: undefined,
    refused: [],
    provenance: undefined,
    content: undefined,
  };
  if (!result.ok) return { ...collected, refused: result.reasons };

  const { shape } = result;
  const { provenanceLayer, chartLayer } = shape;
  const [provenance, content] = await Promise.all([
    provenanceLayer && attempt(() => session.getBlob(reference, provenanceLayer, limits.provenanceBytes)),
    depth === 'content'
      ? attempt(async () => readArchive(await session.streamBlob(reference, chartLayer, limits.archiveBytes)))
      : undefined,
  ]);
  return { ...collected, shape, provenance, content };
}

async function attempt<T>(work: () => Promise<T>): Promise<Fetched<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (error instanceof ChartsealError) return { ok: false, error };
    throw error;
  }
}
