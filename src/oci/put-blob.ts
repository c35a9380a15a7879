import { askOnce, blobQuestion, checkHeaderDigest } from './ask.ts';
import type { Digest } from './digest.ts';
import { sha256Digest } from './digest.ts';
import type { Question } from './exchange.ts';
import { headBlobOnce } from './head-blob.ts';
import type { Reference } from './reference.ts';
import { discard } from './send.ts';
import { uploadPath } from './upload-path.ts';
import { withRetries } from './with-retries.ts';
import type { Work } from './work.ts';

/**
 * Puts a blob into the repository unless it is there: HEAD, POST, and the whole content in one PUT, which is what every
 * registry knows (ECR takes chunks and then refuses the end of them). Tried again from the start where that may help, as
 * content under its own digest can be put twice.
 * @param bytes sent within `requestTimeoutMs`, so meant for kilobytes and few megabytes
 * @throws ChartsealError `registry.upload_refused`, `registry.redirect_refused` (the upload would go to another host),
 *   `registry.digest_mismatch` (the registry says it keeps other content), other `registry.*`
 */
export async function putBlob(
  work: Work,
  ref: Reference,
  bytes: Uint8Array,
): Promise<{ digest: Digest; size: number }> {
  const digest = await sha256Digest(bytes);
  const { registry, repository, what } = blobQuestion(work, ref, digest);
  const common = { registry, repository, accept: '*/*', what, missing: 'registry.upload_refused' } as const;
  const start: Question = {
    ...common,
    method: 'POST',
    path: `/v2/${repository}/blobs/uploads/`,
    accepted: [202],
  };
  await work.slots.run(() =>
    withRetries(work, what, async () => {
      if (await headBlobOnce(work, ref, digest)) return;
      const path = await askOnce(work, start, async (response) => {
        discard(response);
        return uploadPath(response.headers.get('location'), start, digest);
      });
      const put: Question = {
        ...common,
        method: 'PUT',
        path,
        headers: { 'content-type': 'application/octet-stream' },
        body: bytes,
        accepted: [201],
      };
      await askOnce(work, put, async (response) => {
        discard(response);
        checkHeaderDigest(what, response, digest);
      });
    }),
  );
  return { digest, size: bytes.byteLength };
}
