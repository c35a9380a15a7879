import { type Digest, sha256Digest } from '../oci/digest.ts';
import { bodyAnswer, emptyAnswer, errorAnswer } from './answers.ts';
import { repositoryOf, resolveManifest, type Store } from './store.ts';
import type { Quirks } from './types.ts';

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
// As distribution and others limit what they store.
const MAX_MANIFEST = 4 * 1024 * 1024;

/** `/v2/<name>/manifests/<which>` */
export async function manifests(
  store: Store,
  quirks: Quirks,
  request: Request,
  name: string,
  which: string,
): Promise<Response> {
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return read(store, quirks, request, name, which);
    case 'PUT':
      return write(store, quirks, request, name, which);
    case 'DELETE': {
      const repository = store.repositories.get(name);
      const digest = resolveManifest(repository, which);
      if (repository === undefined || digest === undefined) return unknown(which);
      if (which.includes(':')) {
        repository.manifests.delete(digest);
        for (const [tag, target] of repository.tags) if (target === digest) repository.tags.delete(tag);
      } else repository.tags.delete(which);
      return emptyAnswer(202);
    }
    default:
      return errorAnswer(405, 'UNSUPPORTED', 'The operation is unsupported.');
  }
}

function unknown(which: string): Response {
  return errorAnswer(404, 'MANIFEST_UNKNOWN', `manifest unknown: ${which}`);
}

function read(store: Store, quirks: Quirks, request: Request, name: string, which: string): Response {
  const repository = store.repositories.get(name);
  if (repository === undefined)
    return errorAnswer(404, 'NAME_UNKNOWN', 'repository name not known to registry');
  const digest =
    resolveManifest(repository, which) ??
    (quirks.fallbackTagIsSubject ? resolveManifest(repository, which.replace('-', ':')) : undefined);
  const stored = digest && repository.manifests.get(digest);
  if (!stored) return unknown(which);
  if (quirks.strictAccept && !accepts(request.headers.get('accept'), stored.mediaType)) {
    return errorAnswer(
      404,
      'MANIFEST_UNKNOWN',
      'OCI manifest found, but accept header does not support OCI manifests',
    );
  }
  const etag = `"${digest}"`;
  if (request.headers.get('if-none-match') === etag)
    return new Response(null, { status: 304, headers: { etag } });
  return bodyAnswer(request.method, stored.bytes, {
    'content-type': stored.mediaType,
    'docker-content-digest': digest,
    etag,
  });
}

async function write(
  store: Store,
  quirks: Quirks,
  request: Request,
  name: string,
  which: string,
): Promise<Response> {
  const bytes = new Uint8Array(await request.arrayBuffer());
  if (bytes.length > MAX_MANIFEST) return errorAnswer(413, 'SIZE_INVALID', 'manifest is too large');
  const digest = await sha256Digest(bytes);
  const repository = repositoryOf(store, name);

  if (which.includes(':')) {
    if (which !== digest)
      return errorAnswer(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
  } else if (!/^\w[\w.-]{0,127}$/.test(which)) {
    return errorAnswer(400, 'TAG_INVALID', 'manifest tag did not match URI');
  } else {
    const refusal = refuseToMove(quirks, name, which, repository.tags.get(which), digest);
    if (refusal) return refusal;
    const condition = request.headers.get('if-match');
    if (quirks.honourIfMatch && condition !== null && condition !== `"${repository.tags.get(which)}"`) {
      return errorAnswer(412, 'PRECONDITION_FAILED', 'the tag names another manifest');
    }
  }

  let manifest: Parsed;
  try {
    manifest = JSON.parse(new TextDecoder().decode(bytes)) as Parsed;
  } catch {
    return errorAnswer(400, 'MANIFEST_INVALID', 'manifest invalid: not JSON');
  }
  const mediaType = request.headers.get('content-type') ?? manifest.mediaType ?? OCI_MANIFEST;
  if (manifest.mediaType !== undefined && manifest.mediaType !== mediaType) {
    return errorAnswer(400, 'MANIFEST_INVALID', 'mediaType in manifest differs from Content-Type');
  }
  for (const blob of [manifest.config, ...(manifest.layers ?? [])]) {
    if (blob && !repository.blobs.has(blob.digest)) {
      return errorAnswer(400, 'MANIFEST_BLOB_UNKNOWN', `blob unknown to registry: ${blob.digest}`);
    }
  }

  repository.manifests.set(digest, { bytes, mediaType });
  if (!which.includes(':')) repository.tags.set(which, digest);
  return emptyAnswer(201, {
    location: `/v2/${name}/manifests/${digest}`,
    'docker-content-digest': digest,
    ...(manifest.subject && { 'oci-subject': manifest.subject.digest }),
  });
}

interface Parsed {
  mediaType?: string;
  config?: { digest: string };
  layers?: { digest: string }[];
  subject?: { digest: string };
}

// The words are those of the registries, as users of docker push quote them, and from their code: Harbor src/server/middleware/immutable/pushmf.go (412 PRECONDITION), ECR's
// ImageTagAlreadyExistsException through its registry API (400 TAG_INVALID, also for the same digest:
// aws/containers-roadmap#2179).
function refuseToMove(
  quirks: Quirks,
  name: string,
  tag: string,
  now: Digest | undefined,
  next: Digest,
): Response | undefined {
  if (quirks.immutableTags === undefined || now === undefined) return undefined;
  switch (quirks.immutableTags) {
    case 'harbor':
      return errorAnswer(
        412,
        'PRECONDITION',
        `Failed to process request due to '${name.slice(name.lastIndexOf('/') + 1)}:${tag}' configured as immutable.`,
      );
    case 'ecr':
      return errorAnswer(
        400,
        'TAG_INVALID',
        `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the tag is immutable.`,
      );
    case 'google':
      return errorAnswer(
        400,
        'MANIFEST_INVALID',
        `cannot update tag ${tag}. The repository has enabled tag immutability`,
      );
    case 'azure':
      return errorAnswer(
        405,
        'REGISTRY_DISALLOWED_OPERATION',
        'The operation is disallowed on this registry, repository or image.',
      );
    case 'quay':
      return errorAnswer(409, 'TAG_IMMUTABLE', 'tag is immutable and cannot be overwritten');
    case 'docker':
      return now === next
        ? undefined
        : errorAnswer(403, 'DENIED', `tag ${tag} is immutable and cannot be updated`);
  }
}

function accepts(header: string | null, mediaType: string): boolean {
  if (header === null) return false;
  const accepted = header.split(',').map((part) => part.split(';')[0]?.trim());
  return accepted.includes(mediaType) || accepted.includes('*/*');
}
