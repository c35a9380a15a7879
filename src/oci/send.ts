import { VERSION } from '../base/version.ts';
import type { RegistryRequestInit } from './fetch.ts';
import { startGuard } from './guard.ts';
import { networkError } from './network-error.ts';
import { bareHost } from './registries.ts';
import { spend } from './spend.ts';
import type { Work } from './work.ts';

/** One HTTP request. */
interface Outgoing {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  url: URL;
  headers: Record<string, string>;
  body?: string | Uint8Array;
  /** For messages: "registry HOST, OBJECT". */
  what: string;
  counts: 'requests' | 'tokenRequests';
}

/**
 * Sends one request and waits for its headers, at most `requestTimeoutMs`. Redirects are not followed.
 * @throws ChartsealError `limit.requests`, `registry.timeout`, `registry.cancelled`, `registry.unavailable`
 */
export async function send(work: Work, request: Outgoing): Promise<Response> {
  spend(work.budget, work.limits.requests, request.what);
  work.stats[request.counts]++;
  const guard = startGuard(work, request.what, work.limits.requestTimeoutMs);
  try {
    if (guard.signal.aborted) throw guard.signal.reason;
    // Not as a method: workerd's fetch refuses another `this`.
    const { fetch } = work;
    const answer = fetch(request.url.href, toInit(work, request, guard.signal));
    // An answer that comes after the guard has ended the work is nobody's: its connection is given back.
    answer.then(
      (late) => guard.signal.aborted && discard(late),
      () => {},
    );
    return await guard.race(answer);
  } catch (thrown) {
    throw guard.signal.aborted ? guard.signal.reason : networkError(request.what, thrown);
  } finally {
    guard.stop();
  }
}

/** Gives up a body that nobody reads, so that its connection is free again. */
export function discard(response: Response): void {
  response.body?.cancel().catch(() => {});
}

function toInit(work: Work, request: Outgoing, signal: AbortSignal): RegistryRequestInit {
  return {
    method: request.method,
    headers: {
      'user-agent': `chartseal/${VERSION}`,
      ...(work.noCache ? { 'cache-control': 'no-cache' } : {}),
      ...request.headers,
    },
    redirect: 'manual',
    signal,
    ...(request.body === undefined ? {} : { body: request.body as BodyInit }),
    chartseal: { mayBePrivate: work.registries.isNamed(request.url), host: bareHost(request.url) },
  };
}
