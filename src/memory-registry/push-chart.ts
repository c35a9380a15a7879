import { goJson } from '../chart/go-json.ts';
import { helmAnnotations } from '../chart/helm-annotations.ts';
import { helmConfig, sortKeys } from '../chart/helm-config.ts';
import { sha256Digest } from '../oci/digest.ts';
import { repositoryOf, type Store } from './store.ts';
import type { ChartPush, HelmManifest, PushedChart } from './types.ts';

/** Media types of Helm's parts (helm:pkg/registry/constants.go) and of the manifest. */
export const HELM_TYPES = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.cncf.helm.config.v1+json',
  chart: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
  provenance: 'application/vnd.cncf.helm.chart.provenance.v1.prov',
} as const;

/**
 * Puts a chart into the store as `helm push` does: config, archive, provenance and a manifest whose bytes are those
 * that Helm writes (helm:pkg/registry/client.go: layers ordered by digest, no mediaType field).
 * @param created RFC 3339, used when the push names none
 */
export async function pushChart(
  store: Store,
  name: string,
  tag: string | undefined,
  chart: ChartPush,
  created: string,
): Promise<PushedChart> {
  const repository = repositoryOf(store, name);
  const put = async (mediaType: string, bytes: Uint8Array<ArrayBuffer>) => {
    const digest = await sha256Digest(bytes);
    repository.blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  };

  const metadata = chart.config ?? { name: lastSegment(name), version: versionOf(tag), apiVersion: 'v2' };
  const configBytes =
    metadata instanceof Uint8Array
      ? new Uint8Array(metadata)
      : new TextEncoder().encode(goJson(helmConfig(metadata)));
  const config = await put(HELM_TYPES.config, configBytes);
  const archive = await put(HELM_TYPES.chart, new Uint8Array(chart.archive));
  const prov = chart.prov && (await put(HELM_TYPES.provenance, new Uint8Array(chart.prov)));

  const layers = prov ? [archive, prov] : [archive];
  layers.sort((a, b) => (a.digest < b.digest ? -1 : 1));
  const annotations: Record<string, string | undefined> = {
    ...helmAnnotations(metadata instanceof Uint8Array ? {} : helmConfig(metadata), chart.created ?? created),
    ...chart.annotations,
  };
  const manifest: HelmManifest = {
    schemaVersion: 2,
    config,
    layers,
    annotations: sortKeys(annotations) as Record<string, string>,
  };
  chart.mutate?.(manifest);

  const bytes = new TextEncoder().encode(goJson(manifest));
  const digest = await sha256Digest(bytes);
  const mediaType = typeof manifest.mediaType === 'string' ? manifest.mediaType : HELM_TYPES.manifest;
  repository.manifests.set(digest, { bytes, mediaType });
  if (tag !== undefined) repository.tags.set(tag, digest);
  return {
    digest,
    bytes,
    config: config.digest,
    archive: archive.digest,
    ...(prov && { prov: prov.digest }),
  };
}

function lastSegment(repository: string): string {
  return repository.slice(repository.lastIndexOf('/') + 1);
}

function versionOf(tag: string | undefined): string {
  return tag?.replaceAll('_', '+') ?? '0.0.0';
}
