import { sha256Digest } from '../oci/digest.ts';
import { errorAnswer } from './answers.ts';
import {
  applies,
  brokenConnection,
  insteadOfAnswer,
  type Seen,
  type Uses,
  untilAborted,
} from './apply-quirks.ts';
import { authorize, type Tokens, tokenService } from './auth.ts';
import { distribution, parseRoute } from './distribution.ts';
import { isFallbackTag, loseFallbackRace } from './lose-fallback-race.ts';
import { HELM_TYPES, pushChart } from './push-chart.ts';
import { spoilAnswer } from './spoil-answer.ts';
import { createStore, repositoryOf, resolveManifest } from './store.ts';
import type { LoggedRequest, MemoryRegistry, MemoryRegistryOptions, Quirks } from './types.ts';

/**
 * A registry in a box, for tests and the demo: the whole distribution protocol in memory, with switches
 * (`quirks`) for what real registries do otherwise and bad ones do wrong. `fetch` is a handler from Request to
 * Response and runs on Node and workerd; `createRegistryNetwork` makes several of them one `fetch`. Model:
 * google/go-containerregistry pkg/registry.
 */
export function createMemoryRegistry(options: MemoryRegistryOptions = {}): MemoryRegistry {
  const clock = options.clock ?? (() => 0);
  const sleep = options.sleep ?? defaultSleep;
  const store = createStore();
  const tokens: Tokens = { issued: new Map(), next: 1 };
  const requests: LoggedRequest[] = [];
  let uses: Uses = new WeakMap();
  let quirks: Quirks = {};

  async function answer(request: Request, url: URL, seen: Seen, now: Quirks): Promise<Response> {
    if (seen.kind === 'token' && now.auth && 'token' in now.auth) {
      return tokenService(now.auth.token, tokens, request, clock());
    }
    const route = parseRoute(url.pathname);
    if (route === undefined) return errorAnswer(404, 'NAME_UNKNOWN', 'not found');
    const refused = authorize(now, tokens, request, route, clock());
    if (refused !== undefined) return refused;
    const before = store.repositories.get(route.repository)?.tags.get(route.id);
    const response = await distribution(store, now, request, route);
    const wroteIndex = request.method === 'PUT' && response.status === 201 && isFallbackTag(route.id);
    if (wroteIndex && applies(now.loseFallbackRace, seen)) {
      await loseFallbackRace(repositoryOf(store, route.repository), route.id, before);
    }
    return response;
  }

  return {
    host: options.host ?? 'registry.test',
    requests,
    get quirks() {
      return quirks;
    },
    set quirks(next) {
      quirks = next;
    },
    async fetch(request) {
      const url = new URL(request.url);
      const path = url.pathname + url.search;
      const kind = isTokenService(quirks, url) ? 'token' : 'registry';
      const logged: LoggedRequest = {
        kind,
        method: request.method,
        url: request.url,
        path,
        headers: Object.fromEntries(request.headers),
      };
      requests.push(logged);
      if (kind === 'token' && request.method === 'POST') {
        logged.form = Object.fromEntries(new URLSearchParams(await request.clone().text()));
      }
      request.signal.throwIfAborted();
      // The switches of this moment hold for the whole answer.
      const now = { ...quirks };
      if (now.latencyMs) await sleep(now.latencyMs, request.signal);
      const seen: Seen = { line: `${request.method} ${path}`, kind, uses };
      const instead = await insteadOfAnswer(now, seen, request);
      if (instead !== undefined) return instead;
      const done = await answer(request, url, seen, now);
      if (applies(now.loseAnswer, seen)) throw brokenConnection();
      return spoilAnswer(done, now, seen, request.signal);
    },
    count(match) {
      return requests.filter((one) =>
        match === undefined ? one.kind === 'registry' : `${one.method} ${one.path}`.search(match) >= 0,
      ).length;
    },
    async putBlob(repository, bytes) {
      const copy = new Uint8Array(bytes);
      const digest = await sha256Digest(copy);
      repositoryOf(store, repository).blobs.set(digest, copy);
      return digest;
    },
    async putManifest(repository, tagOrDigest, manifest, mediaType) {
      const bytes =
        manifest instanceof Uint8Array
          ? new Uint8Array(manifest)
          : new TextEncoder().encode(JSON.stringify(manifest));
      const digest = await sha256Digest(bytes);
      const own = manifest instanceof Uint8Array ? undefined : (manifest as { mediaType?: string }).mediaType;
      const target = repositoryOf(store, repository);
      // Under the digest asked for, even if it is not its own: that is how a lying registry is made.
      const key = tagOrDigest?.includes(':') ? tagOrDigest : digest;
      target.manifests.set(key, { bytes, mediaType: mediaType ?? own ?? HELM_TYPES.manifest });
      if (tagOrDigest !== undefined && key === digest && tagOrDigest !== digest) {
        target.tags.set(tagOrDigest, digest);
      }
      return digest;
    },
    pushChart(repository, tag, chart) {
      const created = new Date(clock()).toISOString().replace(/\.\d+Z$/, 'Z');
      return pushChart(store, repository, tag, chart, created);
    },
    getBlob(repository, digest) {
      return store.repositories.get(repository)?.blobs.get(digest);
    },
    getManifest(repository, tagOrDigest) {
      const target = store.repositories.get(repository);
      const digest = resolveManifest(target, tagOrDigest);
      const stored = digest && target?.manifests.get(digest);
      return stored && { ...stored, digest };
    },
    tags(repository) {
      return [...(store.repositories.get(repository)?.tags.keys() ?? [])].sort();
    },
    remove(repository, tagOrDigest) {
      const target = store.repositories.get(repository);
      target?.tags.delete(tagOrDigest);
      target?.blobs.delete(tagOrDigest);
      target?.manifests.delete(tagOrDigest);
    },
    reset() {
      requests.length = 0;
      tokens.issued.clear();
      uses = new WeakMap();
      quirks = {};
    },
  };
}

function isTokenService(quirks: Quirks, url: URL): boolean {
  if (quirks.auth === undefined || !('token' in quirks.auth)) return false;
  try {
    return new URL(quirks.auth.token.realm).pathname === url.pathname;
  } catch {
    return false;
  }
}

async function defaultSleep(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await Promise.race([
      new Promise((resolve) => {
        timer = setTimeout(resolve, ms);
      }),
      untilAborted(signal),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
