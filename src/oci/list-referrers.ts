import type { ChartsealError } from '../base/error.ts';
import type { Descriptor } from './descriptor.ts';
import type { Digest } from './digest.ts';
import { fallbackTag, readFallback } from './fallback-index.ts';
import type { Reference } from './reference.ts';
import { addEntries, cut, type Listed, lacksReferrers, listByApi } from './referrers-api.ts';
import type { Work } from './work.ts';

/** What refers to a manifest, as the registry says. */
export interface Referrers {
  /** Where that stands: the referrers API, the fallback tag, or nowhere. */
  store: 'api' | 'tag' | 'none';
  /**
   * Each digest once. Claims, not facts: anyone may write a fallback index, annotations and artifactType in it are
   * often missing or wrong (cosign before 3.1.3, GHCR), and only the fetched manifest says what its subject is: see
   * `refersTo`.
   */
  entries: Descriptor[];
  /**
   * How many of the entries the first page of the API has, where there are further pages: clients that follow no links
   * (go-containerregistry, and with it cosign) see only those.
   */
  firstPage?: number;
  /** There are more than may be read; `evidence.limit`. */
  incomplete?: ChartsealError;
}

/**
 * What refers to a manifest: by the referrers API, and where the repository has none by the tag `sha256-<hex>`, if that
 * is an index. Never filtered, as artifactType cannot be relied on.
 * @throws ChartsealError `registry.protocol`, `registry.too_large`, `limit.requests`, other `registry.*`
 */
export async function listReferrers(work: Work, ref: Reference, subject: Digest): Promise<Referrers> {
  const listed = lacksReferrers(work, ref) ? undefined : await listByApi(work, ref, subject);
  if (listed !== undefined) return toReferrers('api', listed);
  const fallback = await readFallback(work, ref, subject);
  if (fallback.kind !== 'index') return { store: 'none', entries: [] };
  const found: Listed = { entries: new Map() };
  const { referrers } = work.limits;
  if (!addEntries(found, fallback.entries, referrers)) return toReferrers('tag', found);
  const what = `registry ${ref.host}, index ${ref.repository}:${fallbackTag(subject)}`;
  return toReferrers('tag', cut(found, what, `${referrers} referrers`, 'referrers'));
}

function toReferrers(store: 'api' | 'tag', listed: Listed): Referrers {
  const { entries, firstPage, incomplete } = listed;
  return {
    store,
    entries: [...entries.values()],
    ...(firstPage === undefined ? {} : { firstPage }),
    ...(incomplete === undefined ? {} : { incomplete }),
  };
}
