import { askOnce, blobQuestion, checkHeaderDigest } from './ask.ts';
import type { Digest } from './digest.ts';
import type { Reference } from './reference.ts';
import { withRetries } from './with-retries.ts';
import type { Work } from './work.ts';

/**
 * Is a blob there? False also where the registry answers no HEAD (405).
 * @throws ChartsealError `registry.*`
 */
export function headBlob(work: Work, ref: Reference, digest: Digest): Promise<boolean> {
  const { what } = blobQuestion(work, ref, digest, 'HEAD');
  return work.slots.run(() => withRetries(work, what, () => headBlobOnce(work, ref, digest)));
}

/** As `headBlob`, but one attempt inside of work that has its slot. */
export async function headBlobOnce(work: Work, ref: Reference, digest: Digest): Promise<boolean> {
  const question = { ...blobQuestion(work, ref, digest, 'HEAD'), accepted: [200, 404, 405] };
  return await askOnce(work, question, async (response) => {
    if (response.status !== 200) return false;
    checkHeaderDigest(question.what, response, digest);
    return true;
  });
}
