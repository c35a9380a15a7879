import { createHash } from 'node:crypto';
import type { MemoryRegistry } from '../../src/memory-registry/index.ts';
import type { Digest } from '../../src/oci/index.ts';

// Attaches signatures to a chart in a memory registry as the real programs do: the layouts are those that were seen
// with cosign 3.1.3 and actions/attest 4.

export const BUNDLE_V03 = 'application/vnd.dev.sigstore.bundle.v0.3+json';
export const COSIGN_SIGN = 'https://sigstore.dev/cosign/sign/v1';
export const SLSA_PROVENANCE = 'https://slsa.dev/provenance/v1';
export const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
export const DSSE = 'application/vnd.dsse.envelope.v1+json';
export const COSIGN_EXPERIMENTAL = 'application/vnd.dev.cosign.artifact.sig.v1+json';

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const EMPTY = {
  mediaType: 'application/vnd.oci.empty.v1+json',
  size: 2,
  digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
};

/** Where a signature goes to. */
export interface Place {
  registry: MemoryRegistry;
  repository: string;
  /** The chart's manifest; `PushedChart` is one. */
  subject: { digest: string; bytes: Uint8Array };
}

export interface BundleOptions {
  /** What the manifest says the statement is; null: nothing. Default: cosign's signature. */
  predicateType?: string | null;
  /** Type of the layer, and of the artifact where that is not given. Default: bundle v0.3. */
  mediaType?: string;
  /** null: none. */
  artifactType?: string | null;
  /**
   * Also enter it into the index under the fallback tag: `bare` as cosign before 3.1.3 does (no annotations),
   * `full` as sigstore-js does.
   */
  fallback?: 'bare' | 'full';
  /** Changes the manifest before it is written. */
  mutate?: (manifest: Record<string, unknown>) => void;
}

/** A bundle as `cosign sign` and `cosign attest` attach it since version 3. */
export async function attachBundle(place: Place, bundle: Uint8Array, o: BundleOptions = {}): Promise<Digest> {
  const { predicateType = COSIGN_SIGN, mediaType = BUNDLE_V03 } = o;
  const artifactType = o.artifactType === undefined ? mediaType : o.artifactType;
  const manifest: Record<string, unknown> = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { ...EMPTY, ...(artifactType === null ? {} : { artifactType }) },
    layers: [await putLayer(place, mediaType, bundle)],
    annotations: {
      'dev.sigstore.bundle.content': 'dsse-envelope',
      ...(predicateType === null ? {} : { 'dev.sigstore.bundle.predicateType': predicateType }),
      'org.opencontainers.image.created': '2026-11-23T10:05:51Z',
    },
    subject: subjectOf(place),
    ...(artifactType === null ? {} : { artifactType }),
  };
  if (predicateType === null) delete manifest.annotations;
  o.mutate?.(manifest);
  return await putReferrer(place, manifest, o.fallback);
}

/** A bundle as actions/attest attaches it with `push-to-registry: true`. */
export function attachGithubAttestation(
  place: Place,
  bundle: Uint8Array,
  o: BundleOptions = {},
): Promise<Digest> {
  const { predicateType = SLSA_PROVENANCE, mutate } = o;
  return attachBundle(place, bundle, {
    ...o,
    predicateType,
    mutate(manifest) {
      manifest.config = EMPTY;
      if (predicateType !== null) {
        manifest.annotations = {
          'org.opencontainers.image.created': '2026-11-23T10:05:51.123Z',
          'dev.sigstore.bundle.content': 'dsse-envelope',
          'dev.sigstore.bundle.predicateType': predicateType,
        };
      }
      mutate?.(manifest);
    },
  });
}

/** One layer of a legacy manifest. */
export interface LegacyLayer {
  bytes: Uint8Array;
  annotations?: Record<string, string>;
  mediaType?: string;
}

/** Signatures (`sig`) or attestations (`att`) under cosign's tag; whatever the tag named before is replaced. */
export async function attachLegacy(
  place: Place,
  suffix: 'sig' | 'att',
  layers: LegacyLayer[],
  o: { docker?: boolean; mutate?: (manifest: Record<string, unknown>) => void } = {},
): Promise<Digest> {
  const { registry, repository, subject } = place;
  const manifest = await legacyManifest(place, suffix === 'sig' ? SIMPLE_SIGNING : DSSE, layers);
  if (o.docker) manifest.mediaType = DOCKER_MANIFEST;
  o.mutate?.(manifest);
  const tag = `${subject.digest.replace(':', '-')}.${suffix}`;
  return await registry.putManifest(repository, tag, manifest);
}

/** Legacy signatures as a referrer: `cosign sign --registry-referrers-mode=oci-1-1`. */
export async function attachExperimental(
  place: Place,
  layers: LegacyLayer[],
  o: Pick<BundleOptions, 'fallback' | 'mutate'> = {},
): Promise<Digest> {
  const manifest = await legacyManifest(place, SIMPLE_SIGNING, layers);
  manifest.config = { ...(manifest.config as object), mediaType: COSIGN_EXPERIMENTAL };
  Object.assign(manifest, { subject: subjectOf(place), artifactType: COSIGN_EXPERIMENTAL });
  o.mutate?.(manifest);
  return await putReferrer(place, manifest, o.fallback);
}

/** Enters a manifest into the index under the fallback tag of the subject. */
export async function enterFallback(place: Place, entry: Record<string, unknown>): Promise<void> {
  const { registry, repository, subject } = place;
  const tag = subject.digest.replace(':', '-');
  const before = registry.getManifest(repository, tag);
  const entries = before === undefined ? [] : JSON.parse(new TextDecoder().decode(before.bytes)).manifests;
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [...entries, entry] };
  await registry.putManifest(repository, tag, index);
}

async function putReferrer(
  place: Place,
  manifest: Record<string, unknown>,
  fallback: BundleOptions['fallback'],
): Promise<Digest> {
  const { registry, repository } = place;
  await registry.putBlob(repository, new TextEncoder().encode('{}'));
  const digest = await registry.putManifest(repository, undefined, manifest);
  if (fallback === undefined) return digest;
  const { artifactType, annotations } = manifest;
  await enterFallback(place, {
    mediaType: OCI_MANIFEST,
    size: registry.getManifest(repository, digest)?.bytes.length,
    digest,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(fallback === 'full' && annotations !== undefined ? { annotations } : {}),
  });
  return digest;
}

async function legacyManifest(
  place: Place,
  mediaType: string,
  layers: LegacyLayer[],
): Promise<Record<string, unknown>> {
  const config = new TextEncoder().encode(
    JSON.stringify({
      architecture: '',
      config: {},
      created: '0001-01-01T00:00:00Z',
      os: '',
      rootfs: { type: 'layers', diff_ids: layers.map(({ bytes }) => digestOf(bytes)) },
    }),
  );
  const written = [];
  for (const layer of layers) {
    const descriptor = await putLayer(place, layer.mediaType ?? mediaType, layer.bytes);
    written.push({
      ...descriptor,
      ...(layer.annotations === undefined ? {} : { annotations: layer.annotations }),
    });
  }
  return {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: await putLayer(place, 'application/vnd.oci.image.config.v1+json', config),
    layers: written,
  };
}

async function putLayer({ registry, repository }: Place, mediaType: string, bytes: Uint8Array) {
  return { mediaType, size: bytes.length, digest: await registry.putBlob(repository, bytes) };
}

function subjectOf({ subject }: Place) {
  return { mediaType: OCI_MANIFEST, size: subject.bytes.length, digest: subject.digest };
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
