import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { manifestQuestion } from './ask.ts';
import type { Descriptor } from './descriptor.ts';
import type { Digest } from './digest.ts';
import { sha256Digest } from './digest.ts';
import { fallbackTag, readFallback } from './fallback-index.ts';
import { MANIFEST_TYPES, parseManifest } from './manifest.ts';
import { manifestUpload, putManifest, putOnce } from './put-manifest.ts';
import type { Reference } from './reference.ts';
import { listByApi } from './referrers-api.ts';
import { refersTo } from './refers-to.ts';
import { backoff, isWorthRetrying, pause } from './with-retries.ts';
import type { Work } from './work.ts';

/** Where a referrer was attached. */
export interface Attached {
  digest: Digest;
  store: 'api' | 'tag';
}

type Entries = Map<string, unknown>;

// Looks at what the API lists after the manifest was put; some registries index a moment later.
const API_LOOKS = 5;
// Between writing the index and looking at it: another writer who read it before must have written by then.
const SETTLE_MS = 250;

/**
 * Puts a manifest that has a `subject` (its blobs must be there) and sees to it that it is found: the referrers API must
 * list it, and where the repository has no such API it is entered into the index under the tag `sha256-<hex>`. Whether
 * there is an API is asked anew each time and never taken from OCI-Subject.
 *
 * No registry measured honours If-Match, so two writers of a fallback index can overwrite each other. After each write
 * the index is read again a moment later, and written again until the own entry and every entry seen on the way are in
 * it. Writers of one service should hold a lease on the subject all the same: one that writes later than that moment
 * is not noticed.
 * @param subject must be that of the manifest
 * @throws ChartsealError `manifest.invalid`, `registry.upload_refused` (the fallback tag names something else, or others
 *   keep overwriting it: then retryable), `registry.tag_immutable`, `registry.too_large` (the index is full),
 *   `registry.protocol` (the API does not list it), other `registry.*`
 */
export async function attachReferrer(
  work: Work,
  ref: Reference,
  bytes: Uint8Array,
  mediaType: string,
  subject: Digest,
): Promise<Attached> {
  const entry = await toEntry(bytes, mediaType, subject);
  const { digest } = entry;
  await putManifest(work, ref, digest, bytes, mediaType);
  const fresh = { ...work, noCache: true };
  if (await isListedByApi(fresh, ref, digest, subject)) return { digest, store: 'api' };
  await enterFallback(fresh, ref, entry, subject);
  return { digest, store: 'tag' };
}

// The spec's order of precedence for the artifact type; fields in Go's order.
async function toEntry(bytes: Uint8Array, mediaType: string, subject: Digest): Promise<Descriptor> {
  const body = parseManifest(bytes, mediaType);
  if (body.kind === 'docker' || !refersTo(body, subject)) {
    throw new ChartsealError(
      'manifest.invalid',
      `the manifest to attach does not have the subject ${subject}`,
    );
  }
  const artifactType = body.artifactType ?? (body.kind === 'image' ? body.config.mediaType : undefined);
  return {
    mediaType,
    digest: await sha256Digest(bytes),
    size: bytes.byteLength,
    ...(Object.keys(body.annotations).length === 0 ? {} : { annotations: body.annotations }),
    ...(artifactType === undefined ? {} : { artifactType }),
  };
}

/** @returns false where there is no API */
async function isListedByApi(work: Work, ref: Reference, digest: Digest, subject: Digest): Promise<boolean> {
  const what = `registry ${ref.host}, referrers of ${ref.repository}@${subject}`;
  for (let looks = 1; ; looks++) {
    const listed = await listByApi(work, ref, subject, ({ entries }) => entries.has(digest));
    if (listed === undefined) return false;
    if (listed.entries.has(digest)) return true;
    if (listed.incomplete !== undefined) throw listed.incomplete;
    if (looks >= API_LOOKS) {
      throw new ChartsealError('registry.protocol', `${what}: ${digest} was taken but is not listed`, {
        help: 'The attached manifest is in the repository. Try again later; if it stays so, the registry does not maintain its referrers API.',
      });
    }
    await pause(work, what, backoff(work, looks - 1));
  }
}

async function enterFallback(work: Work, ref: Reference, entry: Descriptor, subject: Digest): Promise<void> {
  const tag = fallbackTag(subject);
  const { what } = manifestQuestion(work, ref, tag, 'PUT');
  const wanted: Entries = new Map([[entry.digest, entry]]);
  // The manifest for which If-Match was refused: a registry that changes ETags (a proxy's "-gzip") would refuse always.
  let refused: Digest | undefined;
  for (let writes = 0; ; writes++) {
    const now = await readFallback(work, ref, subject);
    if (now.kind === 'foreign') throw isForeign(what, now.mediaType);
    const object = now.kind === 'index' ? now.object : {};
    const there = rawEntries(object);
    if ([...wanted.keys()].every((digest) => there.has(digest))) return;
    if (writes >= work.limits.fallbackTries) throw overwritten(what, writes);
    if (writes > 0) await pause(work, what, backoff(work, 0) * work.random());
    for (const [digest, raw] of there) if (!wanted.has(digest)) wanted.set(digest, raw);

    const etag = now.kind === 'index' && now.digest !== refused ? strongTag(now.etag) : undefined;
    const bytes = toIndex(object, [...new Map([...there, ...wanted]).values()]);
    const put = await manifestUpload(work, ref, tag, {
      bytes,
      mediaType: MANIFEST_TYPES.index,
      ifMatch: etag,
    });
    const digest = await sha256Digest(bytes);
    try {
      await work.slots.run(() => putOnce(work, put, digest));
    } catch (error) {
      if (!(error instanceof ChartsealError)) throw error;
      if (error.code === 'registry.tag_immutable') throw isImmutable(what, error);
      if (error.code === 'registry.precondition') {
        if (now.kind === 'index') refused = now.digest;
        continue;
      }
      // What became of it shows the next reading.
      if (!isWorthRetrying(error)) throw error;
      await pause(work, what, (error.retryAfter ?? 0) * 1000 + backoff(work, writes));
      continue;
    }
    await pause(work, what, SETTLE_MS * (1 + work.random()));
  }
}

/** The entries as they were written, with fields nobody here knows; by digest, others and repeated ones by their text. */
function rawEntries(object: Record<string, unknown>): Entries {
  const entries: Entries = new Map();
  for (const one of Array.isArray(object.manifests) ? object.manifests : []) {
    const { digest } = (one ?? {}) as { digest?: unknown };
    const key = typeof digest === 'string' && !entries.has(digest) ? digest : JSON.stringify(one);
    entries.set(key, one);
  }
  return entries;
}

function toIndex(object: Record<string, unknown>, manifests: unknown[]): Uint8Array {
  const index = { schemaVersion: 2, mediaType: MANIFEST_TYPES.index, ...object, manifests };
  return new TextEncoder().encode(JSON.stringify(index));
}

// A weak tag never matches (RFC 9110 §13.1.1).
function strongTag(etag: string | undefined): string | undefined {
  return etag !== undefined && /^"[\x21\x23-\x7e]*"$/.test(etag) ? etag : undefined;
}

function isForeign(what: string, mediaType: string): ChartsealError {
  return new ChartsealError(
    'registry.upload_refused',
    `${what}: the tag for referrers names a manifest of type "${clean(mediaType)}", which is not overwritten`,
    { help: 'Find out what this tag is for; remove it if it is a mistake.' },
  );
}

function isImmutable(what: string, error: ChartsealError): ChartsealError {
  return new ChartsealError('registry.tag_immutable', error.message, {
    help: 'This registry keeps referrers under tags "sha256-…": exempt those from immutability.',
    cause: what,
  });
}

function overwritten(what: string, writes: number): ChartsealError {
  return new ChartsealError(
    'registry.upload_refused',
    `${what}: others overwrote the index of referrers ${writes} times`,
    { retryable: true, help: 'Try again when fewer sign at the same time.' },
  );
}
