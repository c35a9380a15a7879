import { createHash } from 'node:crypto';
import { ChartsealError } from '../base/error.ts';
import { ask, blobQuestion } from './ask.ts';
import { checkLength, contentLength, guardedChunks } from './body.ts';
import type { Descriptor } from './descriptor.ts';
import { checkSize, refuseLarge } from './get-blob.ts';
import { startGuard } from './guard.ts';
import type { Reference } from './reference.ts';
import type { Work } from './work.ts';

/**
 * Fetches a blob as a stream. Size and digest are known at its end only: the stream then fails instead of closing, so
 * nothing read from it may be believed before it has ended. Between two chunks at most `requestTimeoutMs` pass, and
 * the whole ends with the session's deadline.
 * @throws ChartsealError as `getBlob`, those about the content through the stream
 */
export async function streamBlob(
  work: Work,
  ref: Reference,
  descriptor: Descriptor,
  maxBytes: number,
): Promise<ReadableStream<Uint8Array>> {
  const question = blobQuestion(work, ref, descriptor.digest);
  refuseLarge(question.what, descriptor, maxBytes);
  const response = await ask(work, question, async (answer) => answer);
  const chunks = verifiedChunks(work, response, descriptor, question.what);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

async function* verifiedChunks(
  work: Work,
  response: Response,
  descriptor: Descriptor,
  what: string,
): AsyncGenerator<Uint8Array, void> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of guardedChunks(work, response, (next) => raceChunk(work, what, next), what)) {
    size += chunk.byteLength;
    if (size > descriptor.size) checkSize(what, response, descriptor, size);
    hash.update(chunk);
    yield chunk;
  }
  checkLength(what, contentLength(response), size);
  checkSize(what, response, descriptor, size);
  const digest = `sha256:${hash.digest('hex')}`;
  if (digest !== descriptor.digest) {
    throw new ChartsealError('registry.digest_mismatch', `${what}: the content sent is ${digest}`);
  }
}

async function raceChunk<T>(work: Work, what: string, next: Promise<T>): Promise<T> {
  const guard = startGuard(work, what, work.limits.requestTimeoutMs);
  try {
    return await guard.race(next);
  } finally {
    guard.stop();
  }
}
