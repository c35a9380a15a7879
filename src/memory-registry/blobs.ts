import { sha256Digest } from '../oci/digest.ts';
import { bodyAnswer, emptyAnswer, errorAnswer } from './answers.ts';
import { repositoryOf, type Store } from './store.ts';
import type { Quirks } from './types.ts';

const UNSUPPORTED = () => errorAnswer(405, 'UNSUPPORTED', 'The operation is unsupported.');

/** `/v2/<name>/blobs/<digest>` */
export function blobs(store: Store, request: Request, name: string, digest: string): Response {
  const bytes = store.repositories.get(name)?.blobs.get(digest);
  if (bytes === undefined) return errorAnswer(404, 'BLOB_UNKNOWN', `blob unknown to registry: ${digest}`);
  if (request.method === 'DELETE') {
    store.repositories.get(name)?.blobs.delete(digest);
    return emptyAnswer(202);
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return UNSUPPORTED();
  const headers = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
  };
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get('range') ?? '');
  if (range === null) return bodyAnswer(request.method, bytes, headers);
  const first = Number(range[1]);
  const last = range[2] ? Math.min(Number(range[2]), bytes.length - 1) : bytes.length - 1;
  if (first > last) return errorAnswer(416, 'UNSUPPORTED', 'range not satisfiable');
  return bodyAnswer(
    request.method,
    bytes.slice(first, last + 1),
    { ...headers, 'content-range': `bytes ${first}-${last}/${bytes.length}` },
    206,
  );
}

/** `/v2/<name>/blobs/uploads/` and what its Location leads to: single, monolithic and chunked uploads, mounts. */
export async function uploads(
  store: Store,
  quirks: Quirks,
  request: Request,
  name: string,
  id: string,
): Promise<Response> {
  const url = new URL(request.url);
  const location = (path: string) => (quirks.absoluteLocations ? url.origin + path : path);
  const uploadAt = (path: string) => quirks.uploadLocation?.replaceAll('{path}', path) ?? location(path);
  const keep = async (bytes: Uint8Array<ArrayBuffer>, digest: string): Promise<Response> => {
    if ((await sha256Digest(bytes)) !== digest) {
      return errorAnswer(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
    }
    repositoryOf(store, name).blobs.set(digest, bytes);
    return emptyAnswer(201, {
      location: location(`/v2/${name}/blobs/${digest}`),
      'docker-content-digest': digest,
    });
  };
  const digest = url.searchParams.get('digest');

  if (id === '') {
    if (request.method !== 'POST') return UNSUPPORTED();
    const mount = url.searchParams.get('mount');
    const from = url.searchParams.get('from');
    const mounted = mount && from ? store.repositories.get(from)?.blobs.get(mount) : undefined;
    if (mount && mounted) return keep(mounted, mount);
    if (digest) return keep(new Uint8Array(await request.arrayBuffer()), digest);
    const upload = `upload-${store.nextUpload++}`;
    store.uploads.set(upload, { repository: name, bytes: new Uint8Array(0) });
    // The query stands for the state that distribution keeps there and that a client must not lose.
    return emptyAnswer(202, {
      location: uploadAt(`/v2/${name}/blobs/uploads/${upload}?_state=${upload}`),
      range: '0-0',
    });
  }

  const upload = store.uploads.get(id);
  if (upload?.repository !== name || url.searchParams.get('_state') !== id) {
    return errorAnswer(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
  }
  const progress = () => ({
    location: location(`/v2/${name}/blobs/uploads/${id}?_state=${id}`),
    range: `0-${Math.max(0, upload.bytes.length - 1)}`,
  });
  switch (request.method) {
    case 'GET':
      return emptyAnswer(204, progress());
    case 'DELETE':
      store.uploads.delete(id);
      return emptyAnswer(204);
    case 'PATCH': {
      const start = /^(\d+)-\d+$/.exec(request.headers.get('content-range') ?? '')?.[1];
      if (start !== undefined && Number(start) !== upload.bytes.length) return emptyAnswer(416, progress());
      upload.bytes = concat(upload.bytes, new Uint8Array(await request.arrayBuffer()));
      return emptyAnswer(202, progress());
    }
    case 'PUT': {
      if (!digest) return errorAnswer(400, 'DIGEST_INVALID', 'digest missing');
      store.uploads.delete(id);
      return keep(concat(upload.bytes, new Uint8Array(await request.arrayBuffer())), digest);
    }
    default:
      return UNSUPPORTED();
  }
}

function concat(a: Uint8Array<ArrayBuffer>, b: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
