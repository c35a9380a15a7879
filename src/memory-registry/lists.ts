import { bodyAnswer, errorAnswer } from './answers.ts';
import type { Store } from './store.ts';
import type { Quirks } from './types.ts';

const JSON_TYPE = 'application/json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

/** `/v2/<name>/tags/list?n=&last=`: in the order of code points, paged by Link. */
export function tagsList(store: Store, quirks: Quirks, request: Request, name: string): Response {
  const repository = store.repositories.get(name);
  if (repository === undefined)
    return errorAnswer(404, 'NAME_UNKNOWN', 'repository name not known to registry');
  const query = new URL(request.url).searchParams;
  const last = query.get('last') ?? '';
  const asked = query.has('n') ? Number(query.get('n')) : Number.POSITIVE_INFINITY;
  if (!(asked >= 0))
    return errorAnswer(400, 'PAGINATION_NUMBER_INVALID', 'invalid number of results requested');
  const size = Math.min(asked, quirks.pageSize ?? Number.POSITIVE_INFINITY);

  const all = [...repository.tags.keys()].sort((a, b) => (a < b ? -1 : 1)).filter((tag) => tag > last);
  const page = all.slice(0, size);
  const next = page.at(-1);
  const headers: Record<string, string> = { 'content-type': JSON_TYPE };
  if (next !== undefined && page.length < all.length) {
    headers.link = `<${quirks.linkPrefix ?? ''}/v2/${name}/tags/list?last=${encodeURIComponent(next)}&n=${size}>; rel="next"`;
  }
  return json(request, { name, tags: page }, headers);
}

/** `/v2/<name>/referrers/<digest>?artifactType=`: all manifests whose subject is this digest. */
export function referrers(
  store: Store,
  quirks: Quirks,
  request: Request,
  name: string,
  digest: string,
): Response {
  if (quirks.noReferrers || quirks.subjectWithoutReferrers)
    return errorAnswer(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) return errorAnswer(400, 'DIGEST_INVALID', 'invalid digest');
  const filter = new URL(request.url).searchParams.get('artifactType');
  const found = [];
  for (const [ownDigest, stored] of store.repositories.get(name)?.manifests ?? []) {
    const manifest = parse(stored.bytes);
    if (manifest?.subject?.digest !== digest) continue;
    const own = quirks.configAsArtifactType ? undefined : manifest.artifactType;
    const artifactType = own ?? manifest.config?.mediaType;
    if (filter !== null && artifactType !== filter) continue;
    found.push({
      mediaType: stored.mediaType,
      digest: ownDigest,
      size: stored.bytes.length,
      ...(manifest.annotations && { annotations: manifest.annotations }),
      ...(artifactType && { artifactType }),
    });
  }
  const size = quirks.referrersPageSize ?? Number.POSITIVE_INFINITY;
  const from = Number(new URL(request.url).searchParams.get('from') ?? 0);
  const headers: Record<string, string> = { 'content-type': OCI_INDEX };
  if (filter !== null) headers['oci-filters-applied'] = 'artifactType';
  if (from + size < found.length) {
    const query = new URLSearchParams({
      ...(filter !== null && { artifactType: filter }),
      from: `${from + size}`,
    });
    headers.link = `<${quirks.linkPrefix ?? ''}/v2/${name}/referrers/${digest}?${query}>; rel="next"`;
  }
  const manifests = found.slice(from, from + size);
  return json(request, { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, headers);
}

function json(request: Request, value: unknown, headers: Record<string, string>): Response {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return errorAnswer(405, 'UNSUPPORTED', 'The operation is unsupported.');
  }
  return bodyAnswer(request.method, new TextEncoder().encode(JSON.stringify(value)), headers);
}

interface Referring {
  subject?: { digest?: string };
  artifactType?: string;
  config?: { mediaType?: string };
  annotations?: Record<string, string>;
}

// What was put directly may be anything.
function parse(bytes: Uint8Array): Referring | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Referring;
  } catch {
    return undefined;
  }
}
