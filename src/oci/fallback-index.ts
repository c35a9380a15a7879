import { ask, checkHeaderDigest, manifestQuestion } from './ask.ts';
import { readBody } from './body.ts';
import type { Digest } from './digest.ts';
import { sha256Digest } from './digest.ts';
import { MANIFEST_TYPES } from './manifest.ts';
import type { Reference } from './reference.ts';
import type { ReferrersIndex } from './referrers-index.ts';
import { readReferrersIndex } from './referrers-index.ts';
import { discard } from './send.ts';
import type { Work } from './work.ts';

/** What a fallback tag names. */
type Fallback =
  | { kind: 'absent' }
  /** Something else than an index of referrers. */
  | { kind: 'foreign'; digest: Digest; mediaType: string }
  | ({ kind: 'index'; digest: Digest; etag: string | undefined } & ReferrersIndex);

/** The tag that holds the index of referrers where a registry has no API for them (distribution spec 1.1). */
export function fallbackTag(subject: Digest): string {
  return subject.replace(':', '-');
}

/**
 * Reads the fallback tag of a subject. GitLab answers with the subject itself where there is no such tag
 * (oras-go#1396): that is absent. Docker Registry 2.8 answers 500 while another writes the tag; that is tried again.
 * @throws ChartsealError `registry.protocol` for an index that cannot be read, `registry.too_large`, other `registry.*`
 */
export function readFallback(work: Work, ref: Reference, subject: Digest): Promise<Fallback> {
  const question = {
    ...manifestQuestion(work, ref, fallbackTag(subject), 'GET'),
    accepted: [200, 404],
  };
  const { what } = question;
  return ask(work, question, async (response): Promise<Fallback> => {
    if (response.status === 404) {
      discard(response);
      return { kind: 'absent' };
    }
    const limit = { max: work.limits.manifestBytes, limit: 'manifestBytes', what };
    const bytes = await readBody(work, response, limit);
    const digest = await sha256Digest(bytes);
    checkHeaderDigest(what, response, digest);
    if (digest === subject) return { kind: 'absent' };
    const mediaType = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
    if (mediaType !== MANIFEST_TYPES.index) return { kind: 'foreign', digest, mediaType };
    const etag = response.headers.get('etag') ?? undefined;
    return { kind: 'index', digest, etag, ...readReferrersIndex(bytes, what) };
  });
}
