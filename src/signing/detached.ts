import type { Clock } from '../base/clock.ts';
import { MEDIA_TYPES } from '../chart/index.ts';
import { type Digest, MANIFEST_TYPES, type Manifest } from '../oci/index.ts';

/** The empty config that artifact manifests have (OCI image-spec, "Guidance for an Empty Descriptor"). */
export const EMPTY_CONFIG = new TextEncoder().encode('{}');
const EMPTY_TYPE = 'application/vnd.oci.empty.v1+json';

/**
 * The manifest that refers to a chart and carries its provenance: artifactType and layer type are Helm's type of
 * provenance layers.
 * @param provenance digest and size of the blob; @param config of the empty config
 */
export function detachedManifest(
  subject: Manifest,
  provenance: { digest: Digest; size: number },
  config: { digest: Digest; size: number },
  clock: Clock,
): Uint8Array {
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPES.image,
    artifactType: MEDIA_TYPES.provenance,
    config: { mediaType: EMPTY_TYPE, ...config },
    layers: [{ mediaType: MEDIA_TYPES.provenance, ...provenance }],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.bytes.length },
    annotations: { 'org.opencontainers.image.created': new Date(clock()).toISOString() },
  };
  return new TextEncoder().encode(JSON.stringify(manifest));
}
