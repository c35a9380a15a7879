import { COSIGN_SIGN } from '../trust.ts';
import { findLegacy } from './find-legacy.ts';
import { findReferring } from './find-referring.ts';
import type { Search, SearchInput, SignatureBatch } from './search.ts';
import { EXPLAINED, startSearch } from './search.ts';

// Whatever else would be asked would fail for the same reason.
const ENDS = new Set(['limit.requests', 'registry.cancelled']);

/**
 * Finds the sigstore signatures of a chart in its registry, store after store in the order of their cost: bundles and
 * other referrers, the tag for legacy signatures (`.sig`), that for attestations (`.att`). Whoever pulls stops when
 * they have enough; what was not pulled is not asked for. A store never hides another, and one that fails or holds
 * more than the limits allow says so in `failure` and does not end the search. That something is not there is known
 * only when the generator ended, no batch had a `failure`, and every signature was fetched.
 *
 * Attestations that announce a predicate type nobody asked for cannot satisfy; a few of them come last, so that a
 * refusal can say what is there instead of a signature.
 *
 * Requests, beside the list of referrers: 2 for the first bundle and for each further one, 1 for each legacy tag and for
 * each different payload in it.
 */
export async function* findSignatures(input: SearchInput): AsyncGenerator<SignatureBatch> {
  for await (const batch of allStores(startSearch(input))) {
    const { failure, found } = withEnd(batch);
    if (failure !== undefined) yield { ...batch, found, failure };
    else if (found.length > 0 || batch.unread) yield batch;
    if (failure !== undefined && ENDS.has(failure.code)) return;
  }
}

async function* allStores(search: Search): AsyncGenerator<SignatureBatch> {
  yield* findReferring(search);
  if (search.wanted.has(COSIGN_SIGN)) yield* findLegacy(search, 'sig');
  yield* findLegacy(search, 'att');
  const others = await Promise.all(search.others.slice(0, EXPLAINED).map((read) => read()));
  // They could not have counted, so it is no failure that one could not be read.
  const found = others.flat().filter(({ fetched }) => fetched.ok);
  const unread = search.others.length - others.filter((one) => one.every(({ fetched }) => fetched.ok)).length;
  yield { store: 'others', found, ...(unread === 0 ? {} : { unread }) };
}

// A signature that could not be fetched because there are no requests left is a failure of the search, not of itself.
function withEnd(batch: SignatureBatch): Pick<SignatureBatch, 'found' | 'failure'> {
  const errors = batch.found.flatMap(({ fetched }) => (fetched.ok ? [] : fetched.error));
  const failure = batch.failure ?? errors.find(({ code }) => ENDS.has(code));
  const found = batch.found.filter(({ fetched }) => fetched.ok || !ENDS.has(fetched.error.code));
  return failure === undefined ? { found } : { found, failure };
}
