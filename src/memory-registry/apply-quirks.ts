import { errorAnswer } from './answers.ts';
import type { Match, Quirks } from './types.ts';

/** Remembers how often each switch worked; keyed by the switch's own object, so a new one counts from nothing. */
export type Uses = WeakMap<object, number>;

/** What is known of the request a switch may be about. */
export interface Seen {
  /** `METHOD /path?query` */
  line: string;
  kind: 'registry' | 'token';
  uses: Uses;
}

/** Is the switch on for this request? Counts its uses. */
export function applies(quirk: Match | { match?: RegExp; times?: number } | undefined, seen: Seen): boolean {
  if (quirk === undefined) return false;
  const match = quirk === true ? undefined : quirk instanceof RegExp ? quirk : quirk.match;
  // `search` instead of `test`: a global expression must not remember where it found something last.
  if (match === undefined ? seen.kind !== 'registry' : seen.line.search(match) < 0) return false;
  if (quirk === true || quirk instanceof RegExp || quirk.times === undefined) return true;
  const used = seen.uses.get(quirk) ?? 0;
  if (used >= quirk.times) return false;
  seen.uses.set(quirk, used + 1);
  return true;
}

/** The answer that a switch gives instead of the registry; undefined if the registry answers itself. */
export async function insteadOfAnswer(
  quirks: Quirks,
  seen: Seen,
  request: Request,
): Promise<Response | undefined> {
  if (applies(quirks.stall, seen)) await untilAborted(request.signal);
  if (applies(quirks.reset, seen)) throw brokenConnection();
  for (const quirk of [quirks.status ?? []].flat()) {
    if (!applies(quirk, seen)) continue;
    const headers = {
      ...(quirk.retryAfter !== undefined && { 'retry-after': String(quirk.retryAfter) }),
      ...quirk.headers,
    };
    if (quirk.body !== undefined) return new Response(quirk.body, { status: quirk.status, headers });
    const code = quirk.status === 429 ? 'TOOMANYREQUESTS' : 'UNKNOWN';
    return errorAnswer(quirk.status, code, `status ${quirk.status}`, headers);
  }
  for (const quirk of [quirks.redirect ?? []].flat()) {
    if (!applies(quirk, seen)) continue;
    const url = new URL(request.url);
    const location =
      typeof quirk.to === 'function'
        ? quirk.to(url)
        : quirk.to.replaceAll('{path}', url.pathname + url.search);
    return new Response(null, {
      status: quirk.status ?? 307,
      headers: { location, 'content-length': '0' },
    });
  }
  if (quirks.noHead && request.method === 'HEAD') {
    return new Response(null, { status: 405, headers: { allow: 'GET' } });
  }
  return undefined;
}

/** As undici's fetch rejects: the code tells a server that plays this registry to break the connection. */
export function brokenConnection(): TypeError {
  return new TypeError('fetch failed', {
    cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  });
}

/** Rejects when the signal is aborted, with its reason; never before. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
