import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import type { Descriptor } from './descriptor.ts';
import type { Digest } from './digest.ts';
import {
  readAnnotations,
  readDescriptor,
  readList,
  readObject,
  readOptionalString,
} from './manifest-fields.ts';
import { strictJson } from './strict-json.ts';

/** A manifest as it was fetched: `digest` is the hash of `bytes`, never what a header says. */
export interface Manifest {
  bytes: Uint8Array;
  digest: Digest;
  mediaType: string;
  body: ParsedManifest;
}

export type ParsedManifest =
  | {
      kind: 'image';
      config: Descriptor;
      layers: Descriptor[];
      annotations: Record<string, string>;
      subject?: Descriptor;
      artifactType?: string;
    }
  | {
      kind: 'index';
      manifests: (Descriptor & { platform?: unknown })[];
      annotations: Record<string, string>;
      subject?: Descriptor;
      artifactType?: string;
    }
  | { kind: 'docker'; schema: 1 | 2 | 'list' };

/** Media types of manifests, in the order of preference they are asked for. */
export const MANIFEST_TYPES = {
  image: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  docker: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const;

const DOCKER_TYPES: Record<string, 1 | 2 | 'list'> = {
  [MANIFEST_TYPES.docker]: 2,
  [MANIFEST_TYPES.dockerList]: 'list',
  'application/vnd.docker.distribution.manifest.v1+json': 1,
  'application/vnd.docker.distribution.manifest.v1+prettyjws': 1,
};

/**
 * Reads a manifest strictly: what two readers might take for different things is refused, as is a media type in the
 * body that contradicts the Content-Type (CVE-2021-41190).
 * @param contentType the Content-Type header; null or a general type like application/json decides nothing
 * @throws ChartsealError `manifest.invalid`
 */
export function parseManifest(bytes: Uint8Array, contentType: string | null): ParsedManifest {
  const body = readObject(parse(bytes), 'manifest');
  const type = mediaTypeOf(body, contentType);
  const docker = type === undefined ? undefined : DOCKER_TYPES[type];
  if (docker !== undefined) return { kind: 'docker', schema: docker };
  if (body.schemaVersion === 1) return { kind: 'docker', schema: 1 };
  if (body.schemaVersion !== 2) throw invalid('schemaVersion is not 2');
  return kindOf(body, type) === 'image' ? readImage(body) : readIndex(body);
}

/** The media type a parsed manifest has: as stated, else by its kind. */
export function manifestMediaType(parsed: ParsedManifest, contentType: string | null): string {
  if (parsed.kind !== 'docker') return MANIFEST_TYPES[parsed.kind];
  return known(contentType) ?? (parsed.schema === 'list' ? MANIFEST_TYPES.dockerList : MANIFEST_TYPES.docker);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return strictJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw invalid(`not readable as JSON: ${clean((cause as Error).message)}`, cause);
  }
}

function mediaTypeOf(body: Record<string, unknown>, contentType: string | null): string | undefined {
  const header = known(contentType);
  const stated = body.mediaType;
  if (stated === undefined) return header;
  if (typeof stated !== 'string') throw invalid('mediaType is not a string');
  if (known(stated) === undefined) throw invalid(`mediaType "${clean(stated)}" is not that of a manifest`);
  if (header !== undefined && header !== stated) {
    throw invalid(`it calls itself "${clean(stated)}" but was sent as "${header}"`);
  }
  return stated;
}

// Some registries send application/json or text/plain; that says nothing, so it is not held against the body.
function known(contentType: string | null): string | undefined {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  return type === MANIFEST_TYPES.image || type === MANIFEST_TYPES.index || Object.hasOwn(DOCKER_TYPES, type)
    ? type
    : undefined;
}

function kindOf(body: Record<string, unknown>, type: string | undefined): 'image' | 'index' {
  const image = 'config' in body || 'layers' in body;
  const index = 'manifests' in body;
  if (image && index) throw invalid('it has both layers and manifests, so clients may read either');
  if ('fsLayers' in body) throw invalid('it has fsLayers of Docker schema 1 beside schemaVersion 2');
  const kind = index ? 'index' : 'image';
  if (type !== undefined && type !== MANIFEST_TYPES[kind]) {
    throw invalid(
      `it was sent as "${type}" but is an ${kind === 'image' ? 'image manifest' : 'image index'}`,
    );
  }
  return kind;
}

function readImage(body: Record<string, unknown>): ParsedManifest {
  return {
    kind: 'image',
    config: readDescriptor(body.config, 'config'),
    layers: readList(body.layers, 'layers').map((one, i) => readDescriptor(one, `layers[${i}]`)),
    ...common(body),
  };
}

function readIndex(body: Record<string, unknown>): ParsedManifest {
  const manifests = readList(body.manifests, 'manifests').map((one, i) => {
    const descriptor = readDescriptor(one, `manifests[${i}]`);
    const platform = readObject(one, `manifests[${i}]`).platform;
    return platform === undefined ? descriptor : { ...descriptor, platform };
  });
  return { kind: 'index', manifests, ...common(body) };
}

function common(body: Record<string, unknown>) {
  const artifactType = readOptionalString(body.artifactType, 'artifactType');
  const subject = body.subject;
  return {
    annotations: readAnnotations(body.annotations, 'annotations') ?? {},
    // Go writes an absent pointer as null where omitempty is missing.
    ...(subject === undefined || subject === null ? {} : { subject: readDescriptor(subject, 'subject') }),
    ...(artifactType === undefined ? {} : { artifactType }),
  };
}

function invalid(why: string, cause?: unknown): ChartsealError {
  return new ChartsealError('manifest.invalid', `the manifest cannot be used: ${why}`, { cause });
}
