import { openAsBlob } from 'node:fs';
import { basename, resolve } from 'node:path';
import { CODES, type Code } from '../base/codes.ts';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import type { Io } from '../platform/node/io.ts';
import type { Report } from '../report/index.ts';
import { fileTrouble } from './files.ts';

/** What is asked of a running service. */
export type ServerQuestion =
  | {
      kind: 'reference';
      reference: string;
      version?: string | undefined;
      policy?: string | undefined;
      depth?: string | undefined;
    }
  | {
      kind: 'files';
      chart: string;
      provenance: Uint8Array | undefined;
      provenanceName: string;
      reference?: string | undefined;
      policy?: string | undefined;
    };

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const DEADLINE_MS = 120_000;

/**
 * Asks a running service (`--server URL`) and gives its report. The token is taken from CHARTSEAL_TOKEN; it follows
 * no redirect.
 * @throws ChartsealError the service's own problem by its code, `server.unavailable`, `server.protocol`
 */
export async function askServer(
  server: string,
  question: ServerQuestion,
  io: Io,
  fetch: typeof globalThis.fetch,
): Promise<Report> {
  const base = serverAddress(server);
  const headers = new Headers({ accept: 'application/json' });
  const token = io.env.CHARTSEAL_TOKEN?.trim();
  if (token) headers.set('authorization', `Bearer ${token}`);
  const path = question.kind === 'files' ? 'v1/verify/files' : 'v1/verify';
  const body = question.kind === 'files' ? await form(question, io) : jsonBody(question);
  headers.set('content-type', body.type);

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
  return readAnswer(response, await readText(response, base), base);
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

interface Body {
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
}

function jsonBody({ reference, version, policy, depth }: ServerQuestion & { kind: 'reference' }): Body {
  const bytes = new TextEncoder().encode(JSON.stringify({ reference, version, policy, depth }));
  return { type: 'application/json', bytes };
}

// Sent with its length: what stands before a service may refuse a body without.
async function form(question: ServerQuestion & { kind: 'files' }, io: Io): Promise<Body> {
  const data = new FormData();
  try {
    data.set('chart', await openAsBlob(resolve(io.cwd, question.chart)), basename(question.chart));
  } catch (error) {
    throw new ChartsealError('file.unreadable', `${clean(question.chart)}: ${fileTrouble(error)}`, {
      cause: error,
    });
  }
  if (question.provenance) {
    data.set('provenance', new Blob([new Uint8Array(question.provenance)]), question.provenanceName);
  }
  if (question.reference !== undefined) data.set('reference', question.reference);
  if (question.policy !== undefined) data.set('policy', question.policy);
  const encoded = new Response(data);
  return {
    type: encoded.headers.get('content-type') ?? '',
    bytes: new Uint8Array(await encoded.arrayBuffer()),
  };
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

function readAnswer(response: Response, text: string, base: URL): Report {
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(text);
  } catch {
    throw foreign(response, base);
  }
  if (response.ok && isReport(body)) return body as unknown as Report;
  if (typeof body === 'object' && body !== null && typeof body.code === 'string')
    throw problem(response, body);
  throw foreign(response, base);
}

function isReport(body: Record<string, unknown> | null): boolean {
  const verdict = body?.verdict;
  return (
    body?.kind === 'VerificationReport' &&
    body.apiVersion === 'chartseal.dev/v1' &&
    (verdict === 'allow' || verdict === 'deny' || verdict === 'inconclusive') &&
    typeof body.enforced === 'boolean' &&
    typeof body.subject === 'object'
  );
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
