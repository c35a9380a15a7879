import { raceAbort } from '../base/race-abort.ts';
import { readLimited } from '../base/read-limited.ts';

/**
 * Fetches a JSON object within a limit. Redirects are not followed. The signal ends every wait, whatever the fetch and
 * the body make of it.
 * @param o.what how the document is called in messages
 * @throws Error in words that name no more than `what`, or what fetch throws
 */
export async function fetchJson(
  fetch: (url: string) => Promise<Response>,
  url: URL,
  o: { what: string; maxBytes: number; signal: AbortSignal },
  // biome-ignore lint/suspicious/noExplicitAny: the reader checks what it uses
): Promise<Record<string, any>> {
  const response = await raceAbort(fetch(url.href), o.signal);
  const isTooLong = Number(response.headers.get('content-length') ?? 0) > o.maxBytes;
  if (response.status !== 200 || isTooLong) {
    response.body?.cancel().catch(() => {});
    if (response.status === 200) throw tooLarge(o);
    throw new Error(`${o.what} was answered with status ${response.status}`);
  }
  const bytes = await readLimited(response, o.maxBytes, o.signal);
  if (bytes === undefined) throw tooLarge(o);
  return parseObject(new TextDecoder().decode(bytes), o.what);
}

function parseObject(text: string, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${what} is not JSON`);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new Error(`${what} is no JSON object`);
  }
  return value as Record<string, unknown>;
}

function tooLarge(o: { what: string; maxBytes: number }): Error {
  return new Error(`${o.what} is larger than ${o.maxBytes} bytes`);
}
