import { attempt } from '../../base/attempt.ts';
import { ChartsealError } from '../../base/error.ts';
import type { Descriptor } from '../../oci/index.ts';
import { MAX_REFERRER_BYTES, refersTo } from '../../oci/index.ts';
import type { LocatedSignature } from '../signature-item.ts';
import { mayCount } from './may-count.ts';
import { ofEvidence } from './of-evidence.ts';
import { rankReferrers } from './rank-referrers.ts';
import { locate, readSignature } from './read-signature.ts';
import { EXPLAINED, type Reading, type Search, type SignatureBatch } from './search.ts';
import { signatureLayers } from './signature-layers.ts';

/** Referrers that are read at the same time, once the first did not suffice. */
const TOGETHER = 4;

/** How many signatures may still be fetched, and whether that stood in the way of one. */
interface Allowance {
  left: number;
  exceeded: boolean;
}

/**
 * Signatures among the manifests that refer to the chart: bundles, and cosign's experimental layout. Each manifest is
 * opened and must itself say that it refers to the chart; the list only claims it. The first batch reads one, as one is
 * what most charts have; the others several at a time.
 */
export async function* findReferring(search: Search): AsyncGenerator<SignatureBatch> {
  const { limits, wanted } = search;
  const listed = await attempt(search.referrers);
  if (!listed.ok) {
    yield { store: 'referrers', found: [], failure: listed.error };
    return;
  }
  const { entries, firstPage } = listed.value;
  const { candidates, others } = rankReferrers(entries, wanted);
  if (firstPage !== undefined) {
    for (const { digest } of entries.slice(firstPage)) search.beyondFirstPage.add(digest);
  }
  const afterwards: Allowance = { left: EXPLAINED, exceeded: false };
  search.others.push(
    ...others.map(
      (entry): Reading =>
        () =>
          open(search, entry, afterwards, true),
    ),
  );

  const allowance: Allowance = { left: limits.signatures, exceeded: false };
  let at = 0;
  for (let size = 1; at < candidates.length && at < limits.referrers && allowance.left > 0; size = TOGETHER) {
    const next = candidates.slice(at, Math.min(at + size, limits.referrers));
    const read = await Promise.all(next.map((entry) => open(search, entry, allowance, false)));
    at += next.length;
    yield { store: 'referrers', found: read.flat() };
  }
  const failure = listed.value.incomplete ?? tooMany(candidates.length - at, allowance, search);
  if (failure !== undefined) yield { store: 'referrers', found: [], failure };
}

async function open(
  search: Search,
  entry: Descriptor,
  allowance: Allowance,
  unwanted: boolean,
): Promise<LocatedSignature[]> {
  const { session, reference, subject } = search;
  const source = { kind: 'referrer' as const, digest: entry.digest };
  const opened = await attempt(async () => {
    const manifest = await session.getManifest(reference, entry.digest, MAX_REFERRER_BYTES);
    return refersTo(manifest.body, subject) ? signatureLayers(manifest) : [];
  });
  if (!opened.ok) return [locate(search, source, { ok: false, error: ofEvidence(opened.error) })];
  const read = unwanted ? opened.value : mayCount(search, source, opened.value);
  const allowed = read.slice(0, Math.max(0, allowance.left));
  allowance.left -= allowed.length;
  if (allowed.length < read.length) allowance.exceeded = true;
  return await Promise.all(allowed.map((layer) => readSignature(search, source, layer)));
}

function tooMany(unopened: number, allowance: Allowance, { limits }: Search): ChartsealError | undefined {
  if (unopened > 0 && allowance.left > 0) {
    const message = `${limits.referrers} referrers that may be signatures were opened, and ${unopened} were not (referrers)`;
    return new ChartsealError('evidence.limit', message);
  }
  if (unopened === 0 && !allowance.exceeded) return undefined;
  return new ChartsealError(
    'evidence.limit',
    `${limits.signatures} signatures that refer to the chart were read, and there may be more (signatures)`,
  );
}
