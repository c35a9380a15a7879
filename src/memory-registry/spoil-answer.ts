import { applies, type Seen, untilAborted } from './apply-quirks.ts';
import type { Quirks } from './types.ts';

const CHUNK = 64 * 1024;

/** The registry's answer as the switches change it: headers left out, body packed, cut, slow, wrong or endless. */
export async function spoilAnswer(
  answer: Response,
  quirks: Quirks,
  seen: Seen,
  signal: AbortSignal,
): Promise<Response> {
  const headers = new Headers(answer.headers);
  if (quirks.noDigestHeader) headers.delete('docker-content-digest');
  if (quirks.noReferrers) headers.delete('oci-subject');
  const { status } = answer;
  if (answer.body === null) {
    const wrong = quirks.wrongContentLength;
    if (headers.has('content-length') && wrong && applies(wrong, seen)) shift(headers, wrong.delta ?? 1);
    return new Response(null, { status, headers });
  }

  if (applies(quirks.oversize, seen)) {
    headers.delete('content-length');
    await answer.body.cancel();
    return new Response(endless(signal), { status, headers });
  }

  // workerd would pack a body with this header once more unless told not to; Node does not know the field.
  const init: ResponseInit & { encodeBody?: 'manual' } = { status, headers };
  let bytes = new Uint8Array(await answer.arrayBuffer());
  if (applies(quirks.wrongBytes, seen) && bytes.length > 0) {
    bytes = bytes.slice();
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  }
  if (applies(quirks.gzip, seen)) {
    const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
    bytes = new Uint8Array(await new Response(packed).arrayBuffer());
    headers.set('content-encoding', 'gzip');
    init.encodeBody = 'manual';
    headers.set('content-length', String(bytes.length));
  }
  const wrong = quirks.wrongContentLength;
  if (wrong && applies(wrong, seen)) shift(headers, wrong.delta ?? 1);
  const cut = quirks.truncate;
  if (cut && applies(cut, seen)) bytes = bytes.slice(0, cut.bytes ?? bytes.length >> 1);
  const slow = quirks.slowBody;
  if (slow && applies(slow, seen)) {
    return new Response(drip(bytes, slow.firstBytes ?? 1, slow.release, signal), init);
  }
  return new Response(bytes, init);
}

function shift(headers: Headers, delta: number): void {
  headers.set('content-length', String(Math.max(0, Number(headers.get('content-length')) + delta)));
}

function endless(signal: AbortSignal): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      signal.throwIfAborted();
      controller.enqueue(new Uint8Array(CHUNK).fill(0x20));
    },
  });
}

/** The first bytes at once; the rest when `release` is fulfilled; an error when the request is aborted first. */
function drip(
  bytes: Uint8Array,
  first: number,
  release: Promise<unknown> | undefined,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  let sent = false;
  return new ReadableStream(
    {
      async pull(controller) {
        if (!sent) {
          sent = true;
          controller.enqueue(bytes.slice(0, first));
          return;
        }
        // An abort errors the stream, as fetch does with the body of an aborted request.
        await (release ? Promise.race([release, untilAborted(signal)]) : untilAborted(signal));
        if (first < bytes.length) controller.enqueue(bytes.slice(first));
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}
