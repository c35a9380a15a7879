import { attempt } from '../base/attempt.ts';
import { ChartsealError } from '../base/error.ts';
import type { Reason } from '../base/evidence.ts';
import type { Fetched } from '../base/fetched.ts';
import { type ArchiveFacts, type ChartMetadata, readArchive, readMetadata } from '../chart/index.ts';
import type { Config } from '../config/index.ts';
import { isDigest, type Manifest, type Referrers } from '../oci/index.ts';
import { type ChartShape, matchManifest, readShape } from '../subject/index.ts';
import { askHelmLogs, type HelmLogs } from './ask-helm-logs.ts';
import { isNamed, isNecessary } from './schemes.ts';
import type { VerifyTask } from './task.ts';

/** What was read from the registry about one chart to begin with, before anybody judges it. */
export interface Collected {
  manifest: Manifest;
  /** undefined: the manifest is no chart, for the reasons in `refused`. */
  shape: ChartShape | undefined;
  refused: Reason[];
  /** undefined: the manifest has no provenance layer, or no policy can use it. */
  provenance: Fetched<Uint8Array> | undefined;
  /** What transparency logs have of the archive; nothing where there is no provenance that they could speak of. */
  logs: HelmLogs;
  /** The config blob, where a policy takes a signature of the manifest and needs to know what it says. */
  config: Fetched<ChartMetadata> | undefined;
  /** undefined: depth is `signature`. */
  content: Fetched<ArchiveFacts> | undefined;
  /** What refers to the manifest; asked for once. */
  referrers: () => Promise<Referrers>;
}

/** A config blob is Chart.yaml as JSON. */
export const MAX_CONFIG_BYTES = 1024 * 1024;

/**
 * Reads manifest, provenance and (for `content`) the archive. The manifest is resolved once; all else is read by
 * digest, and what does not depend on each other at the same time.
 * @param digest the digest to read the manifest by, when it is already known; otherwise the reference's tag or digest
 * @throws ChartsealError when the manifest cannot be had
 */
export async function collect(
  task: VerifyTask,
  digest: string | undefined,
  limits: Config['limits'],
): Promise<Collected> {
  const { reference, depth, session, policies } = task;
  const which = digest ?? reference.digest ?? reference.tag ?? 'latest';
  // Where only a signature that refers to the manifest can satisfy, the list need not wait for the manifest.
  const isAhead = isDigest(which) && isNecessary(policies, 'sigstore');
  let listing = isAhead ? ignored(session.listReferrers(reference, which)) : undefined;
  const manifest = await session.getManifest(reference, which);
  const result = readShape(manifest.body);
  const collected: Collected = {
    manifest,
    shape: undefined,
    refused: [],
    provenance: undefined,
    logs: new Map(),
    config: undefined,
    content: undefined,
    referrers: () => {
      listing ??= session.listReferrers(reference, manifest.digest);
      return listing;
    },
  };
  if (!result.ok) return { ...collected, refused: result.reasons };

  const { shape } = result;
  const { provenanceLayer, chartLayer } = shape;
  if (isNecessary(policies, 'sigstore')) ignored(collected.referrers());
  const provenance =
    provenanceLayer && isNamed(policies, 'pgp')
      ? attempt(() => session.getBlob(reference, provenanceLayer, limits.provenanceBytes))
      : undefined;
  const [fetched, logs, config, content] = await Promise.all([
    provenance,
    provenance?.then(({ ok }) => (ok ? askHelmLogs(task, chartLayer.digest, limits) : undefined)),
    needsConfig(task, shape)
      ? attempt(async () => readConfig(await session.getBlob(reference, shape.config, MAX_CONFIG_BYTES)))
      : undefined,
    depth === 'content'
      ? attempt(async () => readArchive(await session.streamBlob(reference, chartLayer, limits.archiveBytes)))
      : undefined,
  ]);
  return { ...collected, shape, provenance: fetched, logs: logs ?? collected.logs, config, content };
}

// A signature of the manifest covers annotations and config; the blob is read only where the annotations do not say
// that it is the chart asked for, or where the archive is to be compared with it.
function needsConfig({ policies, depth, reference }: VerifyTask, shape: ChartShape): boolean {
  if (!isNamed(policies, 'sigstore')) return false;
  return depth === 'content' || !matchManifest(shape, reference, undefined, []).holds;
}

function readConfig(bytes: Uint8Array): ChartMetadata {
  try {
    return readMetadata(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw new ChartsealError('manifest.config_unread', 'the config blob is not the metadata of a chart', {
      cause,
    });
  }
}

// Whoever needs the list awaits it; until then a failure of it is nobody's.
function ignored<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
