import { ChartsealError } from '../base/error.ts';
import { ask, blobQuestion, checkHeaderDigest } from './ask.ts';
import { contentLength, readBody } from './body.ts';
import type { Descriptor } from './descriptor.ts';
import { sha256Digest } from './digest.ts';
import type { Reference } from './reference.ts';
import { discard } from './send.ts';
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
    refuseOtherSize(what, response, descriptor);
    const limit = { max: descriptor.size, limit: 'the size in the manifest', what };
    const bytes = await readBody(work, response, limit);
    if (bytes.byteLength !== descriptor.size) throw wrongSize(what, descriptor, bytes.byteLength);
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

/** Refuses an answer whose Content-Length is not the size in the manifest. */
export function refuseOtherSize(what: string, response: Response, descriptor: Descriptor): void {
  const length = contentLength(response);
  if (length === undefined || length === descriptor.size) return;
  discard(response);
  throw new ChartsealError(
    'registry.truncated',
    `${what}: Content-Length says ${length} bytes, the manifest ${descriptor.size}`,
    { retryable: true },
  );
}

/** The error for content of another size than the manifest says. */
export function wrongSize(what: string, descriptor: Descriptor, size: number): ChartsealError {
  return new ChartsealError(
    'registry.digest_mismatch',
    `${what}: ${size} bytes were sent, the manifest says ${descriptor.size}`,
  );
}
