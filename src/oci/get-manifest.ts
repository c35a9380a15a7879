import { ChartsealError } from '../base/error.ts';
import { ask, checkHeaderDigest, manifestQuestion } from './ask.ts';
import { readBody } from './body.ts';
import type { Digest } from './digest.ts';
import { isDigest, sha256Digest } from './digest.ts';
import type { Manifest } from './manifest.ts';
import { manifestMediaType, parseManifest } from './manifest.ts';
import type { Reference } from './reference.ts';
import type { Work } from './work.ts';

/**
 * Fetches a manifest, hashes what was read, and reads it strictly.
 * @param which tag or digest; a digest is what the hash must be
 * @param maxBytes of a manifest that is less than a chart's; never more than `limits.manifestBytes`
 * @throws ChartsealError `chart.not_found`, `registry.digest_mismatch`, `manifest.invalid`, other `registry.*`
 */
export async function getManifest(
  work: Work,
  ref: Reference,
  which: string,
  maxBytes: number = work.limits.manifestBytes,
): Promise<Manifest> {
  const question = manifestQuestion(work, ref, which, 'GET');
  const { what } = question;
  return await ask(work, question, async (response) => {
    const max = Math.min(maxBytes, work.limits.manifestBytes);
    // Only one of the two can be raised.
    const limit = max < work.limits.manifestBytes ? 'the limit of such manifests' : 'manifestBytes';
    const bytes = await readBody(work, response, { max, limit, what });
    const digest = await sha256Digest(bytes);
    if (isDigest(which) && digest !== which) {
      throw new ChartsealError('registry.digest_mismatch', `${what}: the content sent is ${digest}`);
    }
    checkHeaderDigest(what, response, digest);
    const contentType = response.headers.get('content-type');
    const body = named(what, () => parseManifest(bytes, contentType));
    return { bytes, digest, mediaType: manifestMediaType(body, contentType), body };
  });
}

/**
 * Asks what digest a tag has, or whether a digest is there, without its content.
 * @returns what the registry says, unverified; undefined when it names no sha256 digest or answers no HEAD at all (405)
 */
export async function headManifest(work: Work, ref: Reference, which: string): Promise<Digest | undefined> {
  const question = manifestQuestion(work, ref, which, 'HEAD');
  return await ask(work, question, async (response) => {
    if (response.status === 405) return undefined;
    if (isDigest(which)) checkHeaderDigest(question.what, response, which);
    const digest = response.headers.get('docker-content-digest')?.trim() ?? '';
    return isDigest(digest) ? digest : undefined;
  });
}

function named<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ChartsealError)) throw error;
    throw new ChartsealError(error.code, `${what}: ${error.message}`, { cause: error.cause });
  }
}
