import { CODES, type Code } from '../base/codes.ts';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import type { Io } from '../platform/node/io.ts';

/** What is sent, with its length: what stands before a service may refuse a body without. */
export interface ServerBody {
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const DEADLINE_MS = 120_000;

/**
 * Posts to a running service (`--server URL`) and gives what it answers. The token is taken from CHARTSEAL_TOKEN; no
 * redirect is followed.
 * @param path like `v1/verify`
 * @param isAnswer tells an answer of chartseal from that of something else
 * @throws ChartsealError the service's own problem by its code, `server.unavailable`, `server.protocol`
 */
export async function postToServer<T>(
  server: string,
  { path, body, isAnswer }: { path: string; body: ServerBody; isAnswer: (body: unknown) => body is T },
  io: Io,
  fetch: typeof globalThis.fetch,
): Promise<T> {
  const base = serverAddress(server);
  const headers = new Headers({ accept: 'application/json', 'content-type': body.type });
  const token = io.env.CHARTSEAL_TOKEN?.trim();
  if (token) headers.set('authorization', `Bearer ${token}`);

  let response: Response;
  try {
    response = await fetch(new URL(path, base), {
      method: 'POST',
      headers,
      body: body.bytes,
      redirect: 'manual',
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
  } catch (error) {
    throw unavailable(base, error);
  }
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel();
    const location = response.headers.get('location') ?? 'nowhere';
    throw new ChartsealError(
      'server.protocol',
      `${base.origin} redirects to ${clean(location)}, which is not followed`,
      {
        help: 'Give the address it redirects to with --server, if it is right.',
      },
    );
  }
  const answer = parse(response, await readText(response, base), base);
  if (response.ok && isAnswer(answer)) return answer;
  const { code } = (answer ?? {}) as Record<string, unknown>;
  if (typeof code === 'string') throw problem(response, { ...(answer as Record<string, unknown>), code });
  throw foreign(response, base);
}

/** A value as the JSON body of a request. */
export function jsonBody(value: unknown): ServerBody {
  return { type: 'application/json', bytes: new TextEncoder().encode(JSON.stringify(value)) };
}

function parse(response: Response, text: string, base: URL): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw foreign(response, base);
  }
}

function serverAddress(server: string): URL {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new ChartsealError('usage.invalid', `--server ${clean(server)} is not a web address`, {
      help: 'Write it like https://chartseal.example.com.',
    });
  }
  if (url.username || url.password) {
    throw new ChartsealError('usage.invalid', '--server must not hold credentials', {
      help: 'Put the token into the environment variable CHARTSEAL_TOKEN.',
    });
  }
  url.search = '';
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

async function readText(response: Response, base: URL): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > MAX_ANSWER_BYTES) {
        throw new ChartsealError(
          'server.protocol',
          `${base.origin} sends more than ${MAX_ANSWER_BYTES} bytes`,
        );
      }
      text += decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    if (error instanceof ChartsealError) throw error;
    throw unavailable(base, error);
  }
  return text + decoder.decode();
}

function problem(response: Response, body: Record<string, unknown>): ChartsealError {
  const message = [body.detail, body.title].find((text) => typeof text === 'string' && text !== '');
  const known = Object.hasOwn(CODES, body.code as string);
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const code = known ? (body.code as Code) : response.status < 500 ? 'request.invalid' : 'server.unavailable';
  return new ChartsealError(code, String(message ?? `the service answered ${response.status}`), {
    ...(typeof body.help === 'string' ? { help: body.help } : {}),
    ...(code === 'request.unauthenticated'
      ? { help: 'Put the token of a caller into the environment variable CHARTSEAL_TOKEN.' }
      : {}),
    retryable: response.status === 429 || response.status === 503,
    ...(Number.isFinite(retryAfter) ? { retryAfter } : {}),
  });
}

function foreign(response: Response, base: URL): ChartsealError {
  const type = clean(response.headers.get('content-type') ?? 'no type', 60);
  const message = `${base.origin} answered ${response.status} (${type}), which is no answer of chartseal`;
  return response.status >= 500
    ? new ChartsealError('server.unavailable', message, { retryable: true })
    : new ChartsealError('server.protocol', message);
}

function unavailable(base: URL, error: unknown): ChartsealError {
  const timeout = error instanceof Error && error.name === 'TimeoutError';
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  const why = timeout
    ? `no answer within ${DEADLINE_MS / 1000} s`
    : clean(cause?.code ?? 'the connection failed');
  return new ChartsealError('server.unavailable', `${base.origin} could not be asked: ${why}`, {
    retryable: true,
    cause: error,
  });
}
