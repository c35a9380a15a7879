import type { Reason } from '../base/evidence.ts';
import { reason } from '../base/reason.ts';
import type { ChartMetadata } from '../chart/index.ts';
import type { Reference } from '../oci/index.ts';
import { matchAskedChart, type UnsafeMatch } from '../provenance/index.ts';
import { askedFromReference } from './asked.ts';
import type { ChartShape } from './shape.ts';

const TITLE = 'org.opencontainers.image.title';
const VERSION = 'org.opencontainers.image.version';

/** What a manifest says which chart it is. */
export interface ManifestClaim {
  name: string;
  version: string;
  appVersion: string | undefined;
}

export interface ManifestMatch {
  holds: boolean;
  /** Against it, or facts worth stating when it holds. */
  reasons: Reason[];
  /** What it says of itself: by what matched, else by what was looked at first. */
  claim: ManifestClaim;
}

/**
 * Is the chart that the manifest describes the one asked for? A signature of the manifest covers its title and version
 * annotations and, by digest, its config blob; either satisfies. Only for manifests whose signature holds.
 * @param config the config blob, if it was read
 */
export function matchManifest(
  { annotations, chartLayer }: Pick<ChartShape, 'annotations' | 'chartLayer'>,
  reference: Reference,
  config: ChartMetadata | undefined,
  unsafeAllow: readonly UnsafeMatch[],
): ManifestMatch {
  const claims: ManifestClaim[] = [];
  const title = annotations[TITLE];
  const version = annotations[VERSION];
  if (title !== undefined && version !== undefined)
    claims.push({ name: title, version, appVersion: undefined });
  if (config !== undefined) {
    claims.push({ name: config.name, version: config.version, appVersion: config.appVersion });
  }
  const asked = askedFromReference(reference);
  const matches = claims.map((claim) => ({
    ...matchAskedChart({ ...claim, files: {} }, chartLayer.digest, asked, unsafeAllow),
    claim,
  }));
  const found = matches.find(({ holds }) => holds) ?? matches[0];
  if (found !== undefined) return found;
  const message = 'neither annotations nor config of the manifest say which chart it is';
  return {
    holds: false,
    reasons: [reason('chart.name_mismatch', message)],
    claim: { name: '', version: '', appVersion: undefined },
  };
}
