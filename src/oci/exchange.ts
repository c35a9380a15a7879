import { ChartsealError } from '../base/error.ts';
import { answerChallenge, knownAuthorization } from './authorize.ts';
import { checkDestination } from './check-destination.ts';
import { readUrl } from './read-url.ts';
import type { Registry } from './registries.ts';
import { discard, send } from './send.ts';
import type { Work } from './work.ts';

/** One question to a registry. */
export interface Question {
  registry: Registry;
  repository: string;
  method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  /** Under the registry's origin, with query. */
  path: string;
  accept: string;
  /** Sent beside Accept and Authorization. */
  headers?: Record<string, string>;
  body?: Uint8Array;
  /** Statuses that are answers, not errors; 200 when absent. */
  accepted?: readonly number[];
  /** "registry HOST, OBJECT" for messages. */
  what: string;
  /** The code for 404. */
  missing: 'chart.not_found' | 'registry.blob_missing' | 'registry.upload_refused';
  /** What this question makes of a refusal; undefined where it is an ordinary one. */
  judge?: (status: number, said: string) => ChartsealError | undefined;
}

/** The last answer, and the host it came from when that is not the registry itself. */
export interface Answer {
  response: Response;
  redirectedTo?: string;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Does the question change something at the registry? */
export function isWrite(question: Question): boolean {
  return question.method === 'POST' || question.method === 'PUT';
}

/**
 * Asks the registry: with what is known of its authentication, once more after a 401 that can be answered, along
 * redirects. Any other status is the caller's to judge.
 */
export async function exchange(work: Work, question: Question): Promise<Answer> {
  const { registry, repository } = question;
  if (isWrite(question) && work.action !== 'push') {
    throw new ChartsealError('internal.error', `${question.what}: this session was not opened to push`);
  }
  const known = await knownAuthorization(work, registry, repository);
  const answer = await follow(work, question, known);
  if (answer.response.status !== 401 || answer.redirectedTo !== undefined) return answer;
  const authorization = await answerChallenge(work, registry, repository, answer.response, known);
  if (authorization === undefined) return answer;
  discard(answer.response);
  return await follow(work, question, authorization);
}

async function follow(work: Work, question: Question, authorization: string | undefined): Promise<Answer> {
  const { registry, what, method } = question;
  const body = question.body === undefined ? {} : { body: question.body };
  let url = new URL(question.path, registry.origin);
  let left = false;
  for (let hops = 0; ; hops++) {
    // Once it has left the registry's origin a chain of redirects gets no credentials, even if it comes back.
    left ||= url.origin !== registry.origin;
    const headers: Record<string, string> = { accept: question.accept, ...question.headers };
    if (authorization !== undefined && !left) headers.authorization = authorization;
    const response = await send(work, { method, url, headers, what, counts: 'requests', ...body });
    if (!REDIRECTS.has(response.status)) return left ? { response, redirectedTo: url.host } : { response };
    discard(response);
    if (isWrite(question)) throw writeRedirected(question, response.status);
    if (hops >= work.limits.redirects) {
      throw new ChartsealError(
        'registry.redirect_refused',
        `${what}: more than ${work.limits.redirects} redirects`,
      );
    }
    url = nextUrl(work, question, response, url);
  }
}

// What is written goes to the registry itself and nowhere else (invariant 3 of the design).
function writeRedirected(question: Question, status: number): ChartsealError {
  return new ChartsealError(
    'registry.redirect_refused',
    `${question.what}: what is written does not follow redirects (${status})`,
    { help: 'Name the registry by the host that takes uploads itself.' },
  );
}

function nextUrl(work: Work, question: Question, response: Response, from: URL): URL {
  const location = response.headers.get('location');
  const next = location === null ? undefined : readUrl(location, from);
  if (next === undefined) {
    throw new ChartsealError(
      'registry.protocol',
      `${question.what}: ${response.status} without a usable Location`,
    );
  }
  next.hash = '';
  checkDestination('redirect', next, question.registry, work.registries);
  return next;
}
