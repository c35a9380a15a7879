import { ChartsealError } from '../base/error.ts';
import { askOnce, checkHeaderDigest, manifestQuestion } from './ask.ts';
import type { Digest } from './digest.ts';
import { isDigest, sha256Digest } from './digest.ts';
import type { Question } from './exchange.ts';
import { getManifest, headManifest } from './get-manifest.ts';
import { isImmutableRefusal } from './immutable.ts';
import type { Reference } from './reference.ts';
import { discard } from './send.ts';
import { backoff, isWorthRetrying, pause, withRetries } from './with-retries.ts';
import type { Work } from './work.ts';

/** What a registry said when it took a manifest. */
export interface PutManifest {
  /** The hash of what was put. */
  digest: Digest;
  /** It sent OCI-Subject. No proof of a referrers API: ECR sent it without having one (sigstore-js#1183). */
  acceptsSubject: boolean;
}

/**
 * Puts a manifest, byte for byte.
 *
 * Under a digest it is tried again where that may help. A tag is put once; where the answer is lost or a failure, the
 * tag is looked at: if it names the manifest, that is success; if it still names `ifMatch`, it is put again.
 * @param which tag or digest; a digest must be that of the bytes
 * @param o.ifMatch what the tag must name now. Sent as If-Match, which most registries ignore: it does not replace
 *   reading the tag before
 * @throws ChartsealError `registry.tag_immutable`, `registry.precondition` (the tag names another manifest),
 *   `registry.upload_refused`, `registry.too_large` and `registry.digest_mismatch` before anything is sent, other
 *   `registry.*`
 */
export async function putManifest(
  work: Work,
  ref: Reference,
  which: string,
  bytes: Uint8Array,
  mediaType: string,
  o: { ifMatch?: Digest } = {},
): Promise<PutManifest> {
  const digest = await sha256Digest(bytes);
  const ifMatch = o.ifMatch === undefined ? undefined : `"${o.ifMatch}"`;
  const put = await manifestUpload(work, ref, which, { bytes, mediaType, ifMatch });
  if (isDigest(which)) {
    return await work.slots.run(() => withRetries(work, put.what, () => putOnce(work, put, digest)));
  }
  for (let tries = 0; ; tries++) {
    try {
      return await work.slots.run(() => putOnce(work, put, digest));
    } catch (error) {
      const now = await lookAfter(work, ref, which, error);
      // ECR refuses a tag that names the same manifest already (aws/containers-roadmap#2179).
      if (now === digest) return { digest, acceptsSubject: false };
      if (!isWorthRetrying(error) || tries >= work.limits.retries || o.ifMatch === undefined) throw error;
      if (now === undefined) throw error;
      if (now !== o.ifMatch) throw moved(put.what, o.ifMatch, now);
      const ms = error.retryAfter === undefined ? backoff(work, tries) : error.retryAfter * 1000;
      if (ms >= work.deadline - work.clock()) throw error;
      await pause(work, put.what, ms);
    }
  }
}

/** The question that puts a manifest, with what its refusals mean. `ifMatch` is the header as it is sent. */
export async function manifestUpload(
  work: Work,
  ref: Reference,
  which: string,
  o: { bytes: Uint8Array; mediaType: string; ifMatch: string | undefined },
): Promise<Question> {
  const { bytes, mediaType, ifMatch } = o;
  const question = manifestQuestion(work, ref, which, 'PUT');
  const { what } = question;
  if (bytes.byteLength > work.limits.manifestBytes) {
    throw new ChartsealError(
      'registry.too_large',
      `${what}: ${bytes.byteLength} bytes where registries take ${work.limits.manifestBytes} (manifestBytes)`,
    );
  }
  const digest = await sha256Digest(bytes);
  if (isDigest(which) && which !== digest) {
    throw new ChartsealError('registry.digest_mismatch', `${what}: the content to be put is ${digest}`);
  }
  return {
    ...question,
    headers: { 'content-type': mediaType, ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }) },
    body: bytes,
    // distribution spec: 201; others answer as go-containerregistry has met it (pkg/v1/remote/write.go).
    accepted: [200, 201, 202],
    judge: (status, said) => (isDigest(which) ? undefined : judgeTag(what, ifMatch, status, said)),
  };
}

/** Sends the question of `manifestUpload`, once. */
export function putOnce(work: Work, put: Question, digest: Digest): Promise<PutManifest> {
  return askOnce(work, put, async (response) => {
    discard(response);
    checkHeaderDigest(put.what, response, digest);
    return { digest, acceptsSubject: response.headers.has('oci-subject') };
  });
}

function judgeTag(
  what: string,
  ifMatch: string | undefined,
  status: number,
  said: string,
): ChartsealError | undefined {
  if (isImmutableRefusal(status, said)) {
    return new ChartsealError(
      'registry.tag_immutable',
      `${what}: the tag cannot be moved (${status})${said}`,
    );
  }
  if (status !== 412 || ifMatch === undefined) return undefined;
  return new ChartsealError(
    'registry.precondition',
    `${what}: the tag names another manifest now (412)${said}`,
  );
}

/** What the tag names after a PUT failed in a way that leaves open what became of it; undefined when it cannot be told. */
async function lookAfter(
  work: Work,
  ref: Reference,
  tag: string,
  error: unknown,
): Promise<Digest | undefined> {
  const open =
    error instanceof ChartsealError &&
    (error.code === 'registry.timeout' || error.code === 'registry.tag_immutable' || isWorthRetrying(error));
  if (!open) return undefined;
  const fresh = { ...work, noCache: true };
  try {
    return (await headManifest(fresh, ref, tag)) ?? (await getManifest(fresh, ref, tag)).digest;
  } catch {
    // The first error says more than one about looking.
    return undefined;
  }
}

function moved(what: string, expected: Digest, now: Digest): ChartsealError {
  return new ChartsealError('registry.precondition', `${what}: the tag names ${now} now, not ${expected}`);
}
