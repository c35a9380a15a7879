import { ChartsealError } from '../base/error.ts';
import { ask, blobQuestion, checkHeaderDigest } from './ask.ts';
import { contentLength, readBody } from './body.ts';
import type { Descriptor } from './descriptor.ts';
import { sha256Digest } from './digest.ts';
import type { Reference } from './reference.ts';
import type { Work } from './work.ts';

/**
 * Fetches a blob whole and holds it against size and digest of its descriptor.
 * @param maxBytes refused before anything is asked if the descriptor says more
 * @throws ChartsealError `registry.blob_missing`, `registry.digest_mismatch`, `registry.too_large`, `registry.truncated`
 */
export async function getBlob(
  work: Work,
  ref: Reference,
  descriptor: Descriptor,
  maxBytes: number,
): Promise<Uint8Array> {
  const question = blobQuestion(work, ref, descriptor.digest);
  const { what } = question;
  refuseLarge(what, descriptor, maxBytes);
  return await ask(work, question, async (response) => {
    const limit = { max: maxBytes, limit: 'the limit of such blobs', what };
    const bytes = await readBody(work, response, limit);
    checkSize(what, response, descriptor, bytes.byteLength);
    const digest = await sha256Digest(bytes);
    if (digest !== descriptor.digest) {
      throw new ChartsealError('registry.digest_mismatch', `${what}: the content sent is ${digest}`);
    }
    checkHeaderDigest(what, response, digest);
    return bytes;
  });
}

/** Refuses a blob that says itself to be larger than it may be. */
export function refuseLarge(what: string, descriptor: Descriptor, maxBytes: number): void {
  if (descriptor.size <= maxBytes) return;
  throw new ChartsealError(
    'registry.too_large',
    `${what}: the manifest says ${descriptor.size} bytes, at most ${maxBytes} are read`,
  );
}

/**
 * Holds the size of a whole body against the manifest. Too little without a Content-Length that says so is taken for
 * an answer that broke off; anything else is other content.
 */
export function checkSize(what: string, response: Response, descriptor: Descriptor, size: number): void {
  if (size === descriptor.size) return;
  const said = `${size} bytes were sent, the manifest says ${descriptor.size}`;
  if (size < descriptor.size && contentLength(response) === undefined) {
    throw new ChartsealError('registry.truncated', `${what}: ${said}`, { retryable: true });
  }
  throw new ChartsealError('registry.digest_mismatch', `${what}: ${said}`);
}
