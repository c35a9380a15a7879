import type { Digest } from '../oci/digest.ts';

interface StoredManifest {
  bytes: Uint8Array<ArrayBuffer>;
  mediaType: string;
}

/** One repository: blobs and manifests by digest, tags by name. */
export interface Repository {
  blobs: Map<string, Uint8Array<ArrayBuffer>>;
  manifests: Map<string, StoredManifest>;
  tags: Map<string, Digest>;
}

/** Everything that was pushed, and the uploads that are under way. */
export interface Store {
  repositories: Map<string, Repository>;
  uploads: Map<string, { repository: string; bytes: Uint8Array<ArrayBuffer> }>;
  nextUpload: number;
}

export function createStore(): Store {
  return { repositories: new Map(), uploads: new Map(), nextUpload: 1 };
}

/** The repository of this name, made if it is not there yet. */
export function repositoryOf(store: Store, name: string): Repository {
  let repository = store.repositories.get(name);
  if (repository === undefined) {
    repository = { blobs: new Map(), manifests: new Map(), tags: new Map() };
    store.repositories.set(name, repository);
  }
  return repository;
}

/** The digest a tag stands for, or the digest itself; undefined if there is no such manifest. */
export function resolveManifest(repository: Repository | undefined, which: string): Digest | undefined {
  const digest = which.includes(':') ? (which as Digest) : repository?.tags.get(which);
  return digest !== undefined && repository?.manifests.has(digest) ? digest : undefined;
}
