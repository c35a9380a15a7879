import { nextKeyExpiry } from '../provenance/index.ts';
import type { Report } from '../report/index.ts';
import type { Collected } from './collect.ts';
import { earliest, type Judgement } from './judge.ts';
import { keyringsOf } from './keyrings-of.ts';

/** An allow lives until something it depends on expires, but not longer than this, in milliseconds. */
const MAX_ALLOW_LIFETIME_MS = 24 * 60 * 60 * 1000;
/** Any other verdict lives this long: a signature may arrive at any moment; and an allow by a log that failed. */
const OTHER_VERDICT_LIFETIME_MS = 5_000;

/**
 * Until when a verdict may be told again. A report also predicts what Helm says, which judges keys now; so the expiry
 * of any key of the policy ends it.
 * @param found.complete was all evidence that was looked at also read, see `Hunt` and `Found`
 * @param found.logsAnswered did the transparency logs say all they have? Where not, they may at any moment
 * @param now milliseconds since the epoch
 * @returns milliseconds since the epoch; undefined: not at all, since a registry failed
 */
export async function expiryOf(
  report: Report,
  collected: Collected,
  { complete, logsAnswered }: { complete: boolean; logsAnswered: boolean },
  judgements: Judgement[],
  now: number,
): Promise<number | undefined> {
  if (!complete || collected.content?.ok === false) return undefined;
  if (report.verdict !== 'allow' || !logsAnswered) return now + OTHER_VERDICT_LIFETIME_MS;
  const keyExpiry = await nextKeyExpiry(judgements.flatMap(keyringsOf), now);
  return earliest([
    now + MAX_ALLOW_LIFETIME_MS,
    keyExpiry,
    ...judgements.map(({ holdsUntil }) => holdsUntil),
  ]);
}
