import { attempt } from '../../base/attempt.ts';
import { ChartsealError } from '../../base/error.ts';
import { clean } from '../../base/text.ts';
import { askService, type ServiceAccess, type ServiceAnswer } from '../signing/ask-service.ts';
import { DEFAULT_HELM_LOG_LIMITS, type HelmLogLimits } from './limits.ts';
import type { HelmLogEntry } from './log-entry.ts';
import { readLogAnswer } from './read-log-answer.ts';

export interface HelmLogSearch {
  /** Origin of the log: `https://rekor.sigstore.dev`. No other host is asked, and no redirect followed. */
  rekor: string;
  /** `sha256:…` of the chart archive. */
  archiveDigest: string;
  access: ServiceAccess;
  limits?: Partial<HelmLogLimits>;
  signal?: AbortSignal | undefined;
}

export interface FoundHelmEntries {
  /** Anyone may have logged them, and they may be of other types. */
  entries: HelmLogEntry[];
  /** There may be others: more than may be read, or some that could not be had. */
  incomplete?: ChartsealError;
}

/** Entries that are fetched at the same time. */
const TOGETHER = 4;

/**
 * Asks a Rekor v1 log what it recorded of a chart archive: its index by the digest, then the entries that it names, each
 * once. The index is a convenience of the log ("may be incomplete", rekor:openapi.yaml): that an entry is missing
 * there does not prove that there is none, and what it names proves nothing before `verifyHelmEntry`.
 * @throws ChartsealError sigstore.log_unavailable (retryable), sigstore.log_protocol when the index cannot be had, and what
 *   `access.fetch` throws as limit.requests
 */
export async function findHelmEntries(search: HelmLogSearch): Promise<FoundHelmEntries> {
  const limits = { ...DEFAULT_HELM_LOG_LIMITS, ...search.limits };
  const controller = new AbortController();
  const giveUp = () => controller.abort();
  const timer = setTimeout(giveUp, limits.overallTimeoutMs);
  search.signal?.addEventListener('abort', giveUp, { once: true });
  if (search.signal?.aborted) giveUp();
  try {
    return await find(search, limits, controller.signal);
  } finally {
    clearTimeout(timer);
    search.signal?.removeEventListener('abort', giveUp);
  }
}

async function find(
  search: HelmLogSearch,
  limits: HelmLogLimits,
  signal: AbortSignal,
): Promise<FoundHelmEntries> {
  const ids = await askIndex(search, limits, signal);
  const wanted = choose(ids, limits.entries);
  const entries: HelmLogEntry[] = [];
  let incomplete = ids.length > wanted.length ? tooMany(search, ids.length, limits) : undefined;
  for (let at = 0; at < wanted.length; at += TOGETHER) {
    const read = await Promise.all(
      wanted.slice(at, at + TOGETHER).map((id) => attempt(() => askEntry(search, id, limits, signal))),
    );
    for (const one of read) {
      if (one.ok) entries.push(one.value);
      else incomplete ??= one.error;
    }
  }
  return incomplete === undefined ? { entries } : { entries, incomplete };
}

// The index has the newest first (rekor:pkg/indexstorage/redis/redis.go, LPUSH). Of too many, most are taken from the old
// end: who wants to hide an entry can only log others after it.
function choose(ids: string[], most: number): string[] {
  if (ids.length <= most) return ids;
  const newest = Math.floor(most / 4);
  return [...ids.slice(newest - most), ...ids.slice(0, newest)];
}

async function askIndex(
  search: HelmLogSearch,
  { indexBytes, requestTimeoutMs }: HelmLogLimits,
  signal: AbortSignal,
): Promise<string[]> {
  const answer = await ask(search, {
    method: 'POST',
    url: new URL('/api/v1/index/retrieve', search.rekor).href,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({ hash: search.archiveDigest }),
    timeoutMs: requestTimeoutMs,
    maxBytes: indexBytes,
    signal,
  });
  if (answer.status !== 200) throw protocol(search, `its index answered with status ${answer.status}`);
  let ids: unknown;
  try {
    ids = JSON.parse(new TextDecoder().decode(answer.bytes));
  } catch {
    throw protocol(search, 'its index answered with something else than JSON');
  }
  if (!Array.isArray(ids) || !ids.every(isId)) {
    throw protocol(search, 'its index answered with something else than ids of entries');
  }
  return [...new Set(ids.map((id) => id.toLowerCase()))];
}

async function askEntry(
  search: HelmLogSearch,
  id: string,
  { entryBytes, requestTimeoutMs }: HelmLogLimits,
  signal: AbortSignal,
): Promise<HelmLogEntry> {
  const answer = await ask(search, {
    method: 'GET',
    url: new URL(`/api/v1/log/entries/${id}`, search.rekor).href,
    headers: { accept: 'application/json' },
    timeoutMs: requestTimeoutMs,
    maxBytes: entryBytes,
    signal,
  });
  if (answer.status !== 200) throw protocol(search, `entry ${id} was answered with status ${answer.status}`);
  const entry = readLogAnswer(new TextDecoder().decode(answer.bytes), id);
  if (entry === undefined) throw protocol(search, `what it gave for entry ${id} is none, or another`);
  return entry;
}

// rekor:openapi.yaml, SearchIndex: the hash of the entry, or the number of a tree and the hash.
function isId(value: unknown): value is string {
  return typeof value === 'string' && /^(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{80})$/.test(value);
}

type Question = Omit<Parameters<typeof askService>[1], 'what'>;

async function ask(search: HelmLogSearch, question: Question): Promise<ServiceAnswer> {
  try {
    return await askService(search.access, { what: nameOf(search), ...question });
  } catch (error) {
    // That nothing more may be asked is no failing of the log.
    if (!(error instanceof ChartsealError) || error.code === 'limit.requests') throw error;
    const code = error.retryable ? 'sigstore.log_unavailable' : 'sigstore.log_protocol';
    throw new ChartsealError(code, error.message, {
      retryable: error.retryable,
      ...(error.retryAfter === undefined ? {} : { retryAfter: error.retryAfter }),
      cause: error,
    });
  }
}

function nameOf({ rekor }: HelmLogSearch): string {
  return `the transparency log ${clean(new URL(rekor).host)}`;
}

function protocol(search: HelmLogSearch, why: string): ChartsealError {
  return new ChartsealError('sigstore.log_protocol', `${nameOf(search)}: ${why}`);
}

function tooMany(search: HelmLogSearch, count: number, limits: HelmLogLimits): ChartsealError {
  const message = `${nameOf(search)} has ${count} entries for this archive, ${limits.entries} of them were read`;
  return new ChartsealError('evidence.limit', message);
}
