import { goJson } from './go-json.ts';
import { MEDIA_TYPES } from './media-types.ts';

/** A blob that a manifest names. */
export interface BlobRef {
  /** `sha256:` and 64 lower-case hex digits. */
  digest: string;
  /** Bytes. */
  size: number;
}

/**
 * The manifest that `helm push` writes for a chart (helm:pkg/registry/client.go generateManifest): layers sorted by
 * digest, annotations by key, no mediaType; to the byte.
 * @param annotations all of them, `org.opencontainers.image.created` included
 */
export function encodeManifest(parts: {
  config: BlobRef;
  chart: BlobRef;
  provenance?: BlobRef;
  annotations: Record<string, string>;
}): Uint8Array {
  const layers = [descriptor(MEDIA_TYPES.chart, parts.chart)];
  if (parts.provenance !== undefined) layers.push(descriptor(MEDIA_TYPES.provenance, parts.provenance));
  layers.sort((a, b) => (a.digest < b.digest ? -1 : 1));
  const annotations = new Map(Object.entries(parts.annotations).sort(([a], [b]) => (a < b ? -1 : 1)));
  const manifest = {
    schemaVersion: 2,
    config: descriptor(MEDIA_TYPES.config, parts.config),
    layers,
    ...(annotations.size > 0 ? { annotations } : {}),
  };
  return new TextEncoder().encode(goJson(manifest));
}

function descriptor(mediaType: string, { digest, size }: BlobRef): BlobRef & { mediaType: string } {
  return { mediaType, digest, size };
}
