import { ChartsealError } from '../base/error.ts';
import type { Evidence } from '../base/evidence.ts';
import type { Fetched } from '../base/fetched.ts';
import { MEDIA_TYPES } from '../chart/index.ts';
import {
  type Descriptor,
  type Digest,
  MAX_REFERRER_BYTES,
  type Reference,
  type Referrers,
  type RegistrySession,
  refersTo,
} from '../oci/index.ts';

/** A provenance, or why it could not be had, and where it stands. */
export interface Located {
  source: Evidence['source'];
  fetched: Fetched<Uint8Array>;
}

interface Detached {
  provenances: Located[];
  /** There may be more that could not be looked for. */
  failure: ChartsealError | undefined;
}

/** Most referrers that are looked at: junk among them can delay a verdict but never approve. */
const MAX_DETACHED = 8;

// Registries report the config's media type where a manifest has no artifactType of its own, and some always.
const MAYBE = new Set<string | undefined>([
  MEDIA_TYPES.provenance,
  'application/vnd.oci.empty.v1+json',
  '',
  undefined,
]);

/**
 * Provenance files that refer to a manifest instead of being a layer of it (`mode: detached` of signing): a referrer
 * with Helm's provenance type as artifactType and as the type of its one layer.
 * @param maxBytes of one provenance
 * @param referrers what refers to the manifest, for a caller who lists it for other schemes too
 */
export async function collectDetached(
  session: RegistrySession,
  reference: Reference,
  subject: Digest,
  maxBytes: number,
  referrers: () => Promise<Referrers> = () => session.listReferrers(reference, subject),
): Promise<Detached> {
  try {
    const { entries, incomplete } = await referrers();
    const candidates = entries
      .filter(({ artifactType }) => MAYBE.has(artifactType))
      .sort((a, b) => Number(isAnnounced(b)) - Number(isAnnounced(a)));
    const read = candidates
      .slice(0, MAX_DETACHED)
      .map((entry) => readOne(session, reference, subject, entry, maxBytes));
    const provenances = (await Promise.all(read)).filter((located) => located !== undefined);
    return { provenances, failure: incomplete ?? tooMany(candidates.length) };
  } catch (error) {
    if (error instanceof ChartsealError) return { provenances: [], failure: error };
    throw error;
  }
}

function isAnnounced({ artifactType }: Descriptor): boolean {
  return artifactType === MEDIA_TYPES.provenance;
}

function tooMany(count: number): ChartsealError | undefined {
  if (count <= MAX_DETACHED) return undefined;
  return new ChartsealError(
    'evidence.limit',
    `${count} referrers may be provenance, and ${MAX_DETACHED} are looked at`,
  );
}

// undefined: it is something else. A registry or a fallback index may list anything; the manifest itself says what it is.
async function readOne(
  session: RegistrySession,
  reference: Reference,
  subject: Digest,
  entry: Descriptor,
  maxBytes: number,
): Promise<Located | undefined> {
  const source = { kind: 'referrer' as const, digest: entry.digest };
  try {
    const { body } = await session.getManifest(reference, entry.digest, MAX_REFERRER_BYTES);
    if (body.kind !== 'image' || !refersTo(body, subject)) return undefined;
    const [layer, ...others] = body.layers;
    if (layer?.mediaType !== MEDIA_TYPES.provenance || others.length > 0) return undefined;
    return { source, fetched: { ok: true, value: await session.getBlob(reference, layer, maxBytes) } };
  } catch (error) {
    if (error instanceof ChartsealError) return { source, fetched: { ok: false, error } };
    throw error;
  }
}
