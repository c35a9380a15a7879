import type { Report } from '../report/index.ts';
import { MAX_ALLOW_LIFETIME_MS, OTHER_VERDICT_LIFETIME_MS } from './cache.ts';
import type { Collected } from './collect.ts';
import { earliest, type Judgement } from './judge.ts';

/**
 * Until when a verdict may be told again.
 * @param now milliseconds since the epoch
 * @returns milliseconds since the epoch; undefined: not at all, since a registry failed
 */
export function expiryOf(
  report: Report,
  collected: Collected,
  judgements: Judgement[],
  now: number,
): number | undefined {
  if (collected.provenance?.ok === false || collected.content?.ok === false) return undefined;
  if (report.verdict !== 'allow') return now + OTHER_VERDICT_LIFETIME_MS;
  return earliest([now + MAX_ALLOW_LIFETIME_MS, ...judgements.map((judgement) => judgement.holdsUntil)]);
}
