import { ChartsealError } from '../../base/error.ts';
import { raceAbort } from '../../base/race-abort.ts';
import { readLimited } from '../../base/read-limited.ts';
import { clean } from '../../base/text.ts';
import type { RegistryRequestInit } from '../../oci/index.ts';
import type { TufLimits } from './limits.ts';

/** Reaches the mirror. The `chartseal` hint of the init says that its host was written out and may be private. */
export type TufFetch = (url: string, init: RegistryRequestInit) => Promise<Response>;

/** One file after another from one mirror, all within one deadline. */
export interface Mirror {
  /**
   * @param path below the mirror, like `16.root.json`
   * @returns undefined if the mirror has no such file (status 404, or 403 as buckets that cannot be listed answer)
   * @throws ChartsealError `tuf.unavailable`, `tuf.too_large`
   */
  find(path: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** The same for a file that must be there. */
  read(path: string, maxBytes: number): Promise<Uint8Array>;
  /** Ends the timer of the deadline. */
  close(): void;
}

/**
 * @param mirror https, or http to an address of this machine itself; redirects are not followed
 * @param signal gives up
 * @throws ChartsealError `tuf.unavailable` for another URL
 */
export function openMirror(o: {
  mirror: string;
  fetch: TufFetch;
  limits: Readonly<TufLimits>;
  signal?: AbortSignal | undefined;
}): Mirror {
  const base = baseOf(o.mirror);
  const overall = new AbortController();
  const timer = setTimeout(
    () => overall.abort(new Error(`not done within ${o.limits.overallTimeoutMs} ms`)),
    o.limits.overallTimeoutMs,
  );
  const giveUp = () => overall.abort(new Error('given up'));
  o.signal?.addEventListener('abort', giveUp, { once: true });
  if (o.signal?.aborted) giveUp();

  async function find(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const what = `TUF mirror ${clean(base.host)}, ${clean(path)}`;
    const url = new URL(path, base);
    const request = new AbortController();
    const stop = () => request.abort(overall.signal.reason);
    overall.signal.addEventListener('abort', stop, { once: true });
    if (overall.signal.aborted) stop();
    const requestTimer = setTimeout(
      () => request.abort(new Error(`no complete answer within ${o.limits.requestTimeoutMs} ms`)),
      o.limits.requestTimeoutMs,
    );
    try {
      const init: RegistryRequestInit = {
        redirect: 'manual',
        signal: request.signal,
        chartseal: { mayBePrivate: true, host: base.host },
      };
      const response = await raceAbort(o.fetch(url.href, init), request.signal);
      if (response.status !== 200) {
        response.body?.cancel().catch(() => {});
        if (response.status === 404 || response.status === 403) return undefined;
        throw unavailable(what, `it answered with status ${response.status}`);
      }
      const bytes = await readLimited(response, maxBytes, request.signal);
      if (bytes !== undefined) return bytes;
      throw new ChartsealError('tuf.too_large', `${what}: more than the ${maxBytes} bytes that are read`);
    } catch (error) {
      throw error instanceof ChartsealError ? error : unavailable(what, wordsOf(error), error);
    } finally {
      clearTimeout(requestTimer);
      overall.signal.removeEventListener('abort', stop);
    }
  }

  return {
    find,
    async read(path, maxBytes) {
      const bytes = await find(path, maxBytes);
      if (bytes !== undefined) return bytes;
      throw unavailable(`TUF mirror ${clean(base.host)}, ${clean(path)}`, 'there is no such file');
    },
    close() {
      clearTimeout(timer);
      o.signal?.removeEventListener('abort', giveUp);
    },
  };
}

function baseOf(mirror: string): URL {
  const url = URL.canParse(mirror) ? new URL(mirror.endsWith('/') ? mirror : `${mirror}/`) : undefined;
  const loopback = url?.hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(url?.hostname ?? '');
  if (url === undefined || !(url.protocol === 'https:' || (url.protocol === 'http:' && loopback))) {
    throw new ChartsealError('tuf.unavailable', `TUF mirror ${clean(mirror)}: it is no https URL`, {
      help: 'Write an https URL; plain http is for 127.0.0.1 and [::1] only.',
    });
  }
  return url;
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the connection failed';
  const { cause } = error;
  if (cause instanceof ChartsealError) return cause.message;
  const code = (cause as { code?: unknown } | undefined)?.code;
  if (typeof code === 'string') return `the connection failed (${clean(code)})`;
  return error instanceof TypeError ? 'the connection failed' : clean(error.message);
}

function unavailable(what: string, why: string, cause?: unknown): ChartsealError {
  return new ChartsealError('tuf.unavailable', `${what}: ${why}`, {
    retryable: true,
    ...(cause === undefined ? {} : { cause }),
  });
}
