import { bodyAnswer, errorAnswer } from './answers.ts';
import { blobs, uploads } from './blobs.ts';
import { referrers, tagsList } from './lists.ts';
import { manifests } from './manifests.ts';
import type { Store } from './store.ts';
import type { Quirks } from './types.ts';

/** What a path of the protocol names. */
export interface Route {
  kind: 'ping' | 'manifests' | 'blobs' | 'uploads' | 'tags' | 'referrers';
  /** Empty for the ping. */
  repository: string;
  /** Tag, digest or upload; empty where the path has none. */
  id: string;
}

const PATH =
  /^\/v2\/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)\/(?:(manifests)\/([^/]+)|(blobs)\/(uploads)\/([^/]*)|(blobs)\/([^/]+)|(tags)\/list|(referrers)\/([^/]+))$/;

/** Reads a path of the distribution protocol; undefined if it is none. */
export function parseRoute(pathname: string): Route | undefined {
  if (pathname === '/v2/' || pathname === '/v2') return { kind: 'ping', repository: '', id: '' };
  const match = PATH.exec(pathname);
  if (match === null) return undefined;
  const kind = (match[2] ?? match[5] ?? match[7] ?? match[9] ?? match[10]) as Route['kind'];
  let id: string;
  try {
    id = decodeURIComponent(match[3] ?? match[6] ?? match[8] ?? match[11] ?? '');
  } catch {
    return undefined;
  }
  return { kind, repository: match[1] ?? '', id };
}

/** Answers a request of the distribution protocol (OCI distribution-spec 1.1), without authentication. */
export async function distribution(
  store: Store,
  quirks: Quirks,
  request: Request,
  route: Route,
): Promise<Response> {
  switch (route.kind) {
    case 'ping':
      return bodyAnswer(request.method, new TextEncoder().encode('{}'), {
        'content-type': 'application/json',
      });
    case 'manifests':
      return manifests(store, quirks, request, route.repository, route.id);
    case 'blobs':
      return blobs(store, request, route.repository, route.id);
    case 'uploads':
      return uploads(store, quirks, request, route.repository, route.id);
    case 'tags':
      return tagsList(store, quirks, request, route.repository);
    case 'referrers':
      return referrers(store, quirks, request, route.repository, route.id);
    default:
      return errorAnswer(404, 'NAME_UNKNOWN', 'not found');
  }
}
