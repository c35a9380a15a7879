import { ChartsealError } from '../../base/error.ts';
import { readLimited } from '../../base/read-limited.ts';
import { VERSION } from '../../base/version.ts';
import type { RegistryRequestInit } from '../../oci/index.ts';

/** How services are reached. */
export interface ServiceAccess {
  /** As the registry client takes it. The hosts stand in the signing config, so they may be private. */
  fetch: typeof fetch;
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** From 0 to 1. */
  random: () => number;
}

/** One question to a service. */
interface ServiceRequest {
  /** For messages: "the certificate authority fulcio.example.com". */
  what: string;
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
  /** For one whole answer. */
  timeoutMs: number;
  /** Most bytes of an answer. */
  maxBytes: number;
  signal: AbortSignal | undefined;
}

/** What it answered, whatever the status, but for those that are tried again. */
export interface ServiceAnswer {
  status: number;
  headers: Headers;
  bytes: Uint8Array;
}

const TRIES = 2;
const BACKOFF_MS = 500;
const MAX_PAUSE_MS = 5_000;

/**
 * Asks a service once, and a second time after a broken connection, 429 or 5xx. Redirects are not followed: the request
 * may hold a token, and its address is written out.
 * @throws ChartsealError sign.service_unavailable (retryable), sign.service_refused for a redirect or an answer that is too
 *   large. No word of the request is in it
 */
export async function askService(access: ServiceAccess, request: ServiceRequest): Promise<ServiceAnswer> {
  for (let tries = 1; ; tries++) {
    let failure: ChartsealError;
    try {
      const answer = await askOnce(access.fetch, request);
      if (answer.status !== 429 && answer.status < 500) return answer;
      failure = unavailable(request, `answered ${answer.status}`, retryAfter(answer.headers));
    } catch (error) {
      if (!(error instanceof BrokenError)) throw error;
      failure = unavailable(request, error.message);
    }
    const seconds = failure.retryAfter ?? 0;
    if (tries >= TRIES || seconds * 1000 > MAX_PAUSE_MS) throw failure;
    await pause(access, request, Math.max(seconds * 1000, BACKOFF_MS * (0.5 + access.random() / 2)));
  }
}

/** A connection that could not be made or broke; worth another try. */
class BrokenError extends Error {}

async function askOnce(fetch: ServiceAccess['fetch'], request: ServiceRequest): Promise<ServiceAnswer> {
  return within(request, request.timeoutMs, async (signal) => {
    const init: RegistryRequestInit = {
      method: request.method,
      headers: { 'user-agent': `chartseal/${VERSION}`, ...request.headers },
      redirect: 'manual',
      signal,
      ...(request.body === undefined ? {} : { body: request.body as BodyInit }),
      chartseal: { mayBePrivate: true, host: new URL(request.url).host },
    };
    try {
      const response = await fetch(request.url, init);
      if (response.status === 0 || (response.status >= 300 && response.status < 400)) {
        response.body?.cancel().catch(() => {});
        throw refused(request, 'answered with a redirect, which is not followed');
      }
      const bytes = await readLimited(response, request.maxBytes);
      if (bytes === undefined) throw refused(request, `answered with more than ${request.maxBytes} bytes`);
      return { status: response.status, headers: response.headers, bytes };
    } catch (error) {
      if (error instanceof ChartsealError) throw error;
      // Messages of fetch may quote the request, and with it the token.
      const code = errorCode(error);
      throw new BrokenError(`could not be reached${code === undefined ? '' : `: ${code}`}`);
    }
  });
}

/** Ends the work after its time, or when it is not wanted any more, whatever the fetch makes of the signal. */
async function within<T>(
  request: ServiceRequest,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  const giveUp = () => controller.abort();
  request.signal?.addEventListener('abort', giveUp, { once: true });
  try {
    if (request.signal?.aborted) throw givenUp(request);
    const ended = new Promise<never>((_, reject) => {
      controller.signal.addEventListener(
        'abort',
        () =>
          reject(
            request.signal?.aborted
              ? givenUp(request)
              : unavailable(request, `did not answer within ${ms} ms`),
          ),
        { once: true },
      );
    });
    return await Promise.race([work(controller.signal), ended]);
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener('abort', giveUp);
    // Whatever is still under way is of no use.
    controller.abort();
  }
}

async function pause(access: ServiceAccess, request: ServiceRequest, ms: number): Promise<void> {
  await within(request, ms + MAX_PAUSE_MS, (signal) => access.sleep(ms, signal));
}

function errorCode(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  for (const one of [error, cause]) {
    if (one instanceof ChartsealError) return one.code;
    const code = (one as { code?: unknown } | null | undefined)?.code;
    if (typeof code === 'string' && /^[A-Z][A-Z_]{2,40}$/.test(code)) return code;
  }
  return undefined;
}

function retryAfter(headers: Headers): number | undefined {
  const value = headers.get('retry-after') ?? '';
  return /^\d{1,4}$/.test(value) ? Number(value) : undefined;
}

function unavailable({ what }: ServiceRequest, why: string, after?: number): ChartsealError {
  return new ChartsealError('sign.service_unavailable', `${what} ${why}`, {
    retryable: true,
    ...(after === undefined ? {} : { retryAfter: after }),
  });
}

function givenUp(request: ServiceRequest): ChartsealError {
  return unavailable(request, 'was not waited for: the work was given up');
}

function refused({ what }: ServiceRequest, why: string): ChartsealError {
  return new ChartsealError('sign.service_refused', `${what} ${why}`);
}
