import { ChartsealError } from '../base/error.ts';
import { ask, findRegistry } from './ask.ts';
import { readBody } from './body.ts';
import { remember } from './client-memory.ts';
import type { Descriptor } from './descriptor.ts';
import type { Digest } from './digest.ts';
import type { Question } from './exchange.ts';
import { MANIFEST_TYPES } from './manifest.ts';
import { nextLink } from './next-link.ts';
import type { Reference } from './reference.ts';
import { readReferrersIndex } from './referrers-index.ts';
import { discard } from './send.ts';
import type { Work } from './work.ts';

/** Entries by digest, and why there may be more. */
export interface Listed {
  entries: Map<Digest, Descriptor>;
  /** How many of them the first page has, where it is not the only one. */
  firstPage?: number;
  incomplete?: ChartsealError;
}

// What registries without the API answer (go-containerregistry:pkg/v1/remote/referrers.go has 404, 400 and 406).
const WITHOUT = [400, 404, 405, 406, 501];
const REMEMBERED_MS = 5 * 60_000;

/**
 * Asks the referrers API (distribution spec 1.1, "Listing Referrers"), unfiltered and over all its pages.
 * @param enough ends the reading before the last page
 * @returns undefined where the repository has no such API: an error status, or an answer that does not call itself an
 *   index. That is remembered for later sessions.
 * @throws ChartsealError `registry.protocol`, `registry.too_large` (one page), other `registry.*`
 */
export async function listByApi(
  work: Work,
  ref: Reference,
  subject: Digest,
  enough: (listed: Listed) => boolean = () => false,
): Promise<Listed | undefined> {
  const { referrerPages, referrers } = work.limits;
  const what = `registry ${ref.host}, referrers of ${ref.repository}@${subject}`;
  const listed: Listed = { entries: new Map() };
  const seen = new Set<string>();
  let path: string | undefined = `/v2/${ref.repository}/referrers/${subject}`;
  for (let pages = 0; path !== undefined; pages++) {
    if (pages >= referrerPages) return cut(listed, what, `${referrerPages} pages`, 'referrerPages');
    if (seen.has(path))
      throw new ChartsealError('registry.protocol', `${what}: the list leads back to an earlier page`);
    seen.add(path);
    const page: Page | undefined = await askPage(work, ref, path, what, pages === 0);
    if (page === undefined) return note(work, ref, false);
    const isCut = addEntries(listed, page.entries, referrers);
    if (pages === 0) {
      note(work, ref, true);
      if (page.next !== undefined) listed.firstPage = listed.entries.size;
    }
    if (isCut) {
      return cut(listed, what, `${referrers} referrers`, 'referrers');
    }
    if (enough(listed)) return listed;
    path = page.next;
  }
  return listed;
}

/** Is the repository known to have no referrers API? */
export function lacksReferrers(work: Work, ref: Reference): boolean {
  const known = work.memory.referrers.get(memoryKey(work, ref));
  return !work.noCache && known !== undefined && !known.supported && known.until > work.clock();
}

/** Adds entries, each digest once. @returns whether there were more than allowed */
export function addEntries(listed: Listed, entries: Descriptor[], max: number): boolean {
  for (const entry of entries) {
    if (listed.entries.has(entry.digest)) continue;
    if (listed.entries.size >= max) return true;
    listed.entries.set(entry.digest, entry);
  }
  return false;
}

/** The list as far as it was read, with why that is not all. */
export function cut(listed: Listed, what: string, how: string, limit: string): Listed {
  const incomplete = new ChartsealError('evidence.limit', `${what}: more than ${how}`, {
    help: `Look at what is attached to the chart; raise ${limit} only if it is right.`,
  });
  return { ...listed, incomplete };
}

interface Page {
  entries: Descriptor[];
  next: string | undefined;
}

function askPage(
  work: Work,
  ref: Reference,
  path: string,
  what: string,
  first: boolean,
): Promise<Page | undefined> {
  const question: Question = {
    registry: findRegistry(work, ref),
    repository: ref.repository,
    method: 'GET',
    path,
    accept: MANIFEST_TYPES.index,
    // A later page that is missing is no sign of a registry without the API.
    accepted: first ? [200, ...WITHOUT] : [200],
    what,
    missing: 'chart.not_found',
  };
  return ask(work, question, async (response) => {
    const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
    if (response.status !== 200 || type !== MANIFEST_TYPES.index) {
      discard(response);
      if (first) return undefined;
      throw new ChartsealError('registry.protocol', `${what}: a further page is no image index`);
    }
    const limit = { max: work.limits.manifestBytes, limit: 'manifestBytes', what };
    const bytes = await readBody(work, response, limit);
    return {
      entries: readReferrersIndex(bytes, what).entries,
      next: nextLink(response.headers.get('link'), new URL(path, question.registry.origin), what),
    };
  });
}

function note(work: Work, ref: Reference, supported: boolean): undefined {
  const until = work.clock() + REMEMBERED_MS;
  remember(work.memory.referrers, memoryKey(work, ref), { supported, until });
}

function memoryKey(work: Work, ref: Reference): string {
  return `${findRegistry(work, ref).origin}/${ref.repository}`;
}
