import { ChartsealError } from '../base/error.ts';
import { toSafeJson } from '../report/index.ts';
import { MAX_AUDIT_PAGE } from '../state/index.ts';
import type { AppDependencies } from './dependencies.ts';

const DEFAULT_PAGE = 100;

/**
 * Answers `GET /v1/audit?after=SEQ&limit=N`: `{ records, head, next }`, oldest first. `next` is the `after` of the page
 * that follows, null when there is none yet.
 * @throws ChartsealError `request.invalid`, `audit.unavailable`, `request.not_found` where no log is kept
 */
export async function auditRoute(request: Request, { audit }: AppDependencies): Promise<Response> {
  if (audit === undefined) {
    throw new ChartsealError('request.not_found', 'this service keeps no audit log, as it signs nothing');
  }
  const query = new URL(request.url).searchParams;
  const after = readNumber(query, 'after', 0, Number.MAX_SAFE_INTEGER) ?? 0;
  const limit = readNumber(query, 'limit', 1, MAX_AUDIT_PAGE) ?? DEFAULT_PAGE;
  // The head is read first: the records may then reach behind it, but never end before it without there being more.
  const head = (await audit.head()) ?? null;
  const records = await audit.read({ after, limit });
  const last = records.at(-1)?.seq;
  const next =
    last !== undefined && (records.length === limit || (head !== null && last < head.seq)) ? last : null;
  return new Response(`${toSafeJson({ records, head, next })}\n`, {
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
  });
}

function readNumber(query: URLSearchParams, name: string, least: number, most: number): number | undefined {
  const given = query.getAll(name);
  const [text] = given;
  if (text === undefined) return undefined;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (given.length === 1 && value >= least && value <= most) return value;
  throw new ChartsealError(
    'request.invalid',
    `the query parameter "${name}" can only be one whole number from ${least} to ${most}`,
  );
}
