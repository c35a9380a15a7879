import { type Digest, sha256Digest } from '../oci/digest.ts';
import { HELM_TYPES } from './push-chart.ts';
import type { Repository } from './store.ts';

const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const FALLBACK = /^sha256-([0-9a-f]{64})$/;

/** Is it a tag under which registries without the referrers API keep the index of referrers? */
export function isFallbackTag(tag: string): boolean {
  return FALLBACK.test(tag);
}

/**
 * Plays another writer of a fallback index, who read it before the last write and writes now: an entry of its own is
 * added to what was there before, and what was just written is lost.
 * @param before what the tag named before the last write
 */
export async function loseFallbackRace(
  repository: Repository,
  tag: string,
  before: Digest | undefined,
): Promise<void> {
  const subject = `sha256:${FALLBACK.exec(tag)?.[1]}`;
  const other = await keep(repository, HELM_TYPES.manifest, {
    schemaVersion: 2,
    mediaType: HELM_TYPES.manifest,
    artifactType: 'application/vnd.example.racer',
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: await sha256Digest(EMPTY), size: 2 },
    layers: [],
    subject: {
      mediaType: HELM_TYPES.manifest,
      digest: subject,
      size: repository.manifests.get(subject)?.bytes.length ?? 0,
    },
    annotations: { racer: String(repository.manifests.size) },
  });
  const index = await keep(repository, OCI_INDEX, {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [...entriesOf(repository, before), other],
  });
  repository.tags.set(tag, index.digest);
}

const EMPTY = new TextEncoder().encode('{}');

async function keep(repository: Repository, mediaType: string, manifest: object) {
  const bytes = new TextEncoder().encode(JSON.stringify(manifest));
  const digest = await sha256Digest(bytes);
  repository.manifests.set(digest, { bytes, mediaType });
  return { mediaType, digest, size: bytes.length };
}

function entriesOf(repository: Repository, index: Digest | undefined): unknown[] {
  const stored = index && repository.manifests.get(index);
  if (!stored) return [];
  const { manifests } = JSON.parse(new TextDecoder().decode(stored.bytes)) as { manifests?: unknown[] };
  return manifests ?? [];
}
