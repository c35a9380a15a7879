import { createHash } from 'node:crypto';

/** The distribution protocol by hand, for manifests that `helm push` would not write. Open registries only. */

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const PROVENANCE_LAYER = 'application/vnd.cncf.helm.chart.provenance.v1.prov';

export interface RawManifest {
  schemaVersion: 2;
  mediaType?: string;
  config: RawDescriptor;
  layers: RawDescriptor[];
  annotations?: Record<string, string>;
}

export interface RawDescriptor {
  mediaType: string;
  digest: string;
  size: number;
}

export function digestOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export async function getManifest(
  host: string,
  repository: string,
  tag: string,
  mediaType = OCI_MANIFEST,
): Promise<string> {
  const answer = await asked(`http://${host}/v2/${repository}/manifests/${tag}`, {
    headers: { accept: mediaType },
  });
  return answer.text();
}

/** Gives the digest of what it put. */
export async function putManifest(
  host: string,
  repository: string,
  tag: string,
  manifest: string | object,
  mediaType = OCI_MANIFEST,
): Promise<string> {
  const body = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
  await asked(`http://${host}/v2/${repository}/manifests/${tag}`, {
    method: 'PUT',
    headers: { 'content-type': mediaType },
    body,
  });
  return digestOf(body);
}

export async function putBlob(
  host: string,
  repository: string,
  bytes: Uint8Array<ArrayBuffer>,
  mediaType: string,
): Promise<RawDescriptor> {
  const begun = await asked(`http://${host}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
  const location = new URL(begun.headers.get('location')!, `http://${host}`);
  const digest = digestOf(bytes);
  location.searchParams.set('digest', digest);
  await asked(location.href, {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body: bytes,
  });
  return { mediaType, digest, size: bytes.length };
}

export async function getBlob(
  host: string,
  repository: string,
  digest: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await asked(`http://${host}/v2/${repository}/blobs/${digest}`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** Copies what a tag names into another repository, byte for byte. */
export async function copy(
  host: string,
  from: string,
  tag: string,
  to: string,
  toTag = tag,
): Promise<string> {
  const text = await getManifest(host, from, tag);
  const manifest = JSON.parse(text) as RawManifest;
  for (const { digest } of [manifest.config, ...manifest.layers]) {
    await putBlob(host, to, await getBlob(host, from, digest), 'application/octet-stream');
  }
  return putManifest(host, to, toTag, text);
}

async function asked(url: string, init?: RequestInit): Promise<Response> {
  const answer = await fetch(url, init);
  if (!answer.ok) throw new Error(`${init?.method ?? 'GET'} ${url}: ${answer.status} ${await answer.text()}`);
  return answer;
}
