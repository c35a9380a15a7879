import { BUNDLE_V03_MEDIA_TYPE } from '@sigstore/bundle';
import { type Descriptor, type Digest, MANIFEST_TYPES } from '../../oci/index.ts';

/** What must be put into the registry so that a bundle is found beside a chart. */
interface BundleReferrer {
  /** The manifest, for `session.attachReferrer`. */
  manifest: Uint8Array;
  mediaType: string;
  /** Blobs that must be there first. */
  config: Uint8Array;
}

/** The empty config of the OCI image spec (manifest.md, "Guidance for an Empty Descriptor"). */
const EMPTY_CONFIG = new TextEncoder().encode('{}');
const EMPTY_DIGEST = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' as Digest;

/** The media type of a bundle and the artifact type of its referrer. */
export const BUNDLE_MEDIA_TYPE = BUNDLE_V03_MEDIA_TYPE;

/**
 * The referrer manifest for a bundle, to the byte as cosign 3 lays it out (cosign:pkg/oci/remote/write.go, WriteReferrer),
 * the artifact type within the config descriptor included.
 * @param o.subject the manifest that was signed; `mediaType` as the registry sends it
 * @param o.bundle the blob
 * @param o.at now, milliseconds since the epoch; written in whole seconds
 */
export function bundleManifest(o: {
  subject: Pick<Descriptor, 'mediaType' | 'size' | 'digest'>;
  bundle: Pick<Descriptor, 'size' | 'digest'>;
  predicateType: string;
  at: number;
}): BundleReferrer {
  const { subject, bundle } = o;
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPES.image,
    config: {
      mediaType: 'application/vnd.oci.empty.v1+json',
      size: EMPTY_CONFIG.byteLength,
      digest: EMPTY_DIGEST,
      artifactType: BUNDLE_MEDIA_TYPE,
    },
    layers: [{ mediaType: BUNDLE_MEDIA_TYPE, size: bundle.size, digest: bundle.digest }],
    annotations: {
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType': o.predicateType,
      'org.opencontainers.image.created': `${new Date(o.at).toISOString().slice(0, 19)}Z`,
    },
    subject: { mediaType: subject.mediaType, size: subject.size, digest: subject.digest },
    artifactType: BUNDLE_MEDIA_TYPE,
  };
  return {
    manifest: new TextEncoder().encode(JSON.stringify(manifest)),
    mediaType: MANIFEST_TYPES.image,
    config: EMPTY_CONFIG,
  };
}
