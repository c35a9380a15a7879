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
  const race = <T>(promise: Promise<T>) => raceAbort(promise, o.signal);
  const response = await race(fetch(url.href));
  const reader = response.body?.getReader();
  try {
    if (response.status !== 200) throw new Error(`${o.what} was answered with status ${response.status}`);
    if (Number(response.headers.get('content-length') ?? 0) > o.maxBytes) throw tooLarge(o);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const next = reader === undefined ? { done: true as const } : await race(reader.read());
      if (next.done) break;
      size += next.value.byteLength;
      if (size > o.maxBytes) throw tooLarge(o);
      chunks.push(next.value);
    }
    const text = new TextDecoder().decode(await new Blob(chunks as BlobPart[]).arrayBuffer());
    return parseObject(text, o.what);
  } finally {
    reader?.cancel().catch(() => {});
  }
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

function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const end = () => reject(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}
