import { concatBytes } from '../base/concat-bytes.ts';
import { ChartsealError } from '../base/error.ts';
import { startGuard } from './guard.ts';
import { networkError } from './network-error.ts';
import { discard } from './send.ts';
import type { Work } from './work.ts';

/** How a body is read. */
interface BodyLimit {
  /** Most bytes, after decoding. */
  max: number;
  /** The name of that limit, for the message. */
  limit: string;
  what: string;
}

/**
 * Reads a whole body within its limit and `requestTimeoutMs`, and holds it against its Content-Length.
 * @throws ChartsealError `registry.too_large`, `registry.truncated`, `registry.timeout`, `registry.cancelled`
 */
export async function readBody(work: Work, response: Response, o: BodyLimit): Promise<Uint8Array> {
  const expected = contentLength(response);
  if (expected !== undefined && expected > o.max) {
    discard(response);
    throw tooLarge(o, `${expected} bytes`);
  }
  const guard = startGuard(work, o.what, work.limits.requestTimeoutMs);
  try {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of guardedChunks(work, response, (next) => guard.race(next), o.what)) {
      size += chunk.byteLength;
      if (size > o.max) throw tooLarge(o, 'more');
      chunks.push(chunk);
    }
    checkLength(o.what, expected, size);
    const [only] = chunks;
    return only !== undefined && chunks.length === 1 ? only : concatBytes(chunks);
  } finally {
    guard.stop();
  }
}

/** The Content-Length, if it can be compared with what fetch gives: not when fetch decoded the body. */
export function contentLength(response: Response): number | undefined {
  const encoding = response.headers.get('content-encoding')?.trim().toLowerCase() ?? '';
  const length = response.headers.get('content-length')?.trim() ?? '';
  if ((encoding !== '' && encoding !== 'identity') || !/^\d{1,15}$/.test(length)) return undefined;
  return Number(length);
}

/** @throws ChartsealError `registry.truncated` if the Content-Length announced another size */
export function checkLength(what: string, expected: number | undefined, size: number): void {
  if (expected === undefined || expected === size) return;
  throw truncated(what, `${size} bytes came where Content-Length says ${expected}`);
}

/** The chunks of a body, each awaited through `race`; the connection is given up when the reader stops early. */
export async function* guardedChunks(
  work: Work,
  response: Response,
  race: <T>(next: Promise<T>) => Promise<T>,
  what: string,
): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await race(reader.read());
      if (done) {
        ended = true;
        return;
      }
      work.stats.bytes += value.byteLength;
      yield value;
    }
  } catch (thrown) {
    throw thrown instanceof ChartsealError ? thrown : brokenBody(what, thrown);
  } finally {
    if (!ended) reader.cancel().catch(() => {});
  }
}

function brokenBody(what: string, thrown: unknown): ChartsealError {
  const { message } = networkError(what, thrown);
  return truncated(message, 'the answer broke off', thrown);
}

function truncated(what: string, why: string, cause?: unknown): ChartsealError {
  return new ChartsealError('registry.truncated', `${what}: ${why}`, { retryable: true, cause });
}

function tooLarge(o: BodyLimit, found: string): ChartsealError {
  return new ChartsealError(
    'registry.too_large',
    `${o.what}: ${found} where at most ${o.max} bytes are read`,
    {
      help: `Check the object; raise ${o.limit} only if it is right.`,
    },
  );
}
