import type { Descriptor } from '../../oci/index.ts';
import { COSIGN_SIGN } from '../trust.ts';
import {
  BUNDLE_TYPE,
  CONTENT_ANNOTATION,
  EXPERIMENTAL_ATTESTATION_TYPE,
  EXPERIMENTAL_SIGNATURE_TYPE,
  PREDICATE_ANNOTATION,
} from './media-types.ts';

/** Referrers in the order in which they are worth opening. */
interface RankedReferrers {
  /** May be signatures that count. */
  candidates: Descriptor[];
  /** Say to be attestations of a kind that nobody asked for. */
  others: Descriptor[];
}

// What registries and tools report where they do not know better: the type of the empty config (GHCR,
// go-containerregistry), that of an image's config, the default of oras.
const SAYS_NOTHING = new Set<string | undefined>([
  undefined,
  '',
  'application/vnd.oci.empty.v1+json',
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.unknown.artifact.v1',
]);

const OTHER = -1;
const SOMETHING_ELSE = -2;

/**
 * Sorts what a registry lists by what the entries announce: cosign's signatures, other predicate types that are wanted,
 * bundles that say nothing of their content, entries that say nothing at all, cosign's experimental layouts. What
 * clearly announces something else (an SBOM, a PGP provenance) is left out. Entries are claims, so this decides the
 * order only: what counts is the manifest, and what the signature itself says.
 * @param wanted predicate types that count as a signature
 */
export function rankReferrers(entries: readonly Descriptor[], wanted: ReadonlySet<string>): RankedReferrers {
  const ranked = entries.map((entry) => ({ entry, rank: rankOf(entry, wanted) }));
  return {
    candidates: ranked
      .filter(({ rank }) => rank >= 0)
      .sort((a, b) => a.rank - b.rank)
      .map(({ entry }) => entry),
    others: ranked.filter(({ rank }) => rank === OTHER).map(({ entry }) => entry),
  };
}

function rankOf({ artifactType, annotations }: Descriptor, wanted: ReadonlySet<string>): number {
  const predicateType = annotations?.[PREDICATE_ANNOTATION];
  const isBundle =
    artifactType?.startsWith(BUNDLE_TYPE) === true ||
    predicateType !== undefined ||
    annotations?.[CONTENT_ANNOTATION] !== undefined;
  if (isBundle) {
    if (!predicateType) return 2;
    if (!wanted.has(predicateType)) return OTHER;
    return predicateType === COSIGN_SIGN ? 0 : 1;
  }
  if (SAYS_NOTHING.has(artifactType)) return 3;
  if (artifactType === EXPERIMENTAL_SIGNATURE_TYPE) return wanted.has(COSIGN_SIGN) ? 4 : OTHER;
  return artifactType === EXPERIMENTAL_ATTESTATION_TYPE ? 5 : SOMETHING_ELSE;
}
