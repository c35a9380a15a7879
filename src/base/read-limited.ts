import { concatBytes } from './concat-bytes.ts';
import { raceAbort } from './race-abort.ts';

/**
 * Reads the whole body of an answer, of at most `maxBytes`.
 * @param signal ends every wait, whatever the body makes of it
 * @returns undefined when there is more, of which nothing further is read
 * @throws what reading the body throws, or the signal's reason
 */
export async function readLimited(
  response: Response,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let ended = false;
  try {
    for (;;) {
      const next = reader.read();
      const { done, value } = await (signal === undefined ? next : raceAbort(next, signal));
      if (done) {
        ended = true;
        return concatBytes(chunks);
      }
      size += value.byteLength;
      if (size > maxBytes) return undefined;
      chunks.push(value);
    }
  } finally {
    if (!ended) reader.cancel().catch(() => {});
  }
}
