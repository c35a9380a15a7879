import { ChartsealError } from '../../base/error.ts';
import { isObject } from '../../base/is-object.ts';
import { clean } from '../../base/text.ts';
import { type Digest, isDigest, MANIFEST_TYPES, type Manifest } from '../../oci/index.ts';
import { SIGNATURE_ANNOTATION } from './legacy-annotations.ts';

/** The media type of a layer with a payload of simple signing. */
export const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';

/** A descriptor as it stands in a manifest, with fields nobody here knows. */
export type RawDescriptor = Record<string, unknown>;

/** What a `.sig` tag names: one layer a signature. */
export interface LegacyManifest {
  /** What was read, with fields nobody here knows; empty where there was nothing. */
  object: Record<string, unknown>;
  mediaType: string;
  layers: RawDescriptor[];
  /** Of the config blob; undefined where there was nothing. */
  config: { mediaType: string; digest: Digest; size: number } | undefined;
}

/** A `.sig` manifest with nothing in it. */
export const NO_SIGNATURES: LegacyManifest = {
  object: {},
  mediaType: MANIFEST_TYPES.image,
  layers: [],
  config: undefined,
};

/**
 * Reads a `.sig` manifest so that it can be written again with nothing lost. cosign writes an OCI image manifest, or with
 * COSIGN_DOCKER_MEDIA_TYPES one of Docker.
 * @throws ChartsealError registry.upload_refused when the tag names something else, which is not overwritten
 */
export function readLegacyManifest({ bytes, body, mediaType }: Manifest, what: string): LegacyManifest {
  const isImage = body.kind === 'image' || (body.kind === 'docker' && body.schema === 2);
  const object = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  const { layers, config } = object;
  if (!isImage || !Array.isArray(layers) || !layers.every(isDescriptor) || !isDescriptor(config)) {
    throw new ChartsealError(
      'registry.upload_refused',
      `${what}: the tag names a manifest of the type "${clean(mediaType, 100)}" that holds no signatures; it is not overwritten`,
      { help: 'Find out what this tag is for; remove it if it is a mistake.' },
    );
  }
  return {
    object,
    mediaType,
    layers,
    config: config as unknown as NonNullable<LegacyManifest['config']>,
  };
}

/** What makes a layer the signature that it is: its payload and its signature. */
export function layerKey(layer: RawDescriptor): string {
  const annotations = isObject(layer.annotations) ? layer.annotations : {};
  return JSON.stringify([layer.digest, annotations[SIGNATURE_ANNOTATION]]);
}

/** The manifest with these layers and this config, everything else as it was; fields in Go's order where they are new. */
export function writeLegacyManifest(
  now: LegacyManifest,
  config: { digest: Digest; size: number },
  layers: readonly RawDescriptor[],
): Uint8Array {
  const manifest = {
    schemaVersion: 2,
    mediaType: now.mediaType,
    ...now.object,
    config: {
      mediaType: now.config?.mediaType ?? 'application/vnd.oci.image.config.v1+json',
      size: config.size,
      digest: config.digest,
    },
    layers,
  };
  return new TextEncoder().encode(JSON.stringify(manifest));
}

/**
 * The config blob of a `.sig` manifest: that of an empty image with the layers as its file system, as go-containerregistry
 * writes it (pkg/v1/empty/image.go, pkg/v1/mutate/image.go). The layers are not compressed, so their digests are those of
 * the file system too.
 * @param bytes the config as it is, to keep what else stands in it; undefined when there is none that can be read
 */
export function writeLegacyConfig(
  bytes: Uint8Array | undefined,
  layers: readonly RawDescriptor[],
): Uint8Array {
  const before = bytes === undefined ? undefined : parseObject(bytes);
  const history = Array.isArray(before?.history) ? before.history.slice(0, layers.length) : [];
  while (history.length < layers.length) history.push({ created: NEVER });
  const rootfs = { type: 'layers', diff_ids: layers.map(({ digest }) => digest) };
  return new TextEncoder().encode(JSON.stringify({ ...EMPTY_IMAGE, ...before, history, rootfs }));
}

const NEVER = '0001-01-01T00:00:00Z';
const EMPTY_IMAGE: Record<string, unknown> = {
  architecture: '',
  created: NEVER,
  history: [],
  os: '',
  rootfs: { type: 'layers', diff_ids: [] },
  config: {},
};

function parseObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isDescriptor(value: unknown): value is RawDescriptor {
  return isObject(value) && isDigest(String(value.digest)) && Number.isSafeInteger(value.size);
}
