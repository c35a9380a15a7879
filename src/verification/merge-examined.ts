import type { TrustOutcome } from '../base/evidence.ts';
import type { PgpTrust } from '../provenance/index.ts';
import type { Examined } from './examine-provenances.ts';

/**
 * What several provenance files of one chart state together: one good signature is enough, a bad one does no harm, and
 * what could not be read leaves open what was not found elsewhere.
 */
export function mergeExamined(results: Examined[], trusts: PgpTrust[]): Examined {
  const [first] = results;
  if (first !== undefined && results.length === 1) return first;
  const holding = results.find((result) => result.outcomes.some(({ state }) => state === 'held'));
  const speaking = holding ?? results.find(({ signed }) => signed !== undefined);
  return {
    evidence: results.flatMap(({ evidence }) => evidence),
    facts: speaking?.facts ?? [],
    signed: speaking?.signed,
    ...(speaking?.files === undefined ? {} : { files: speaking.files }),
    outcomes: trusts.map(({ name }) =>
      mergeOutcomes(results.flatMap(({ outcomes }) => outcomes.filter(({ trust }) => trust === name))),
    ),
  };
}

/** What several pieces of evidence state together for one trust name. @param outcomes not empty */
export function mergeOutcomes(outcomes: TrustOutcome[]): TrustOutcome {
  const held = outcomes.filter(({ state }) => state === 'held');
  const unknown = outcomes.filter(({ state }) => state === 'unknown');
  const speaking = held.length > 0 ? held : unknown.length > 0 ? unknown : outcomes;
  const [first] = speaking;
  const until = held.flatMap(({ holdsUntil }) => holdsUntil ?? []);
  return {
    trust: first?.trust ?? '',
    state: first?.state ?? 'failed',
    identities: [...new Set(held.flatMap(({ identities }) => identities))],
    reasons: (held.length > 0 ? held : outcomes).flatMap(({ reasons }) => reasons),
    ...(unknown.some(({ retryable }) => retryable) ? { retryable: true } : {}),
    ...retryAfter(unknown),
    ...(until.length > 0 ? { holdsUntil: Math.min(...until) } : {}),
  };
}

function retryAfter(outcomes: TrustOutcome[]): { retryAfter?: number } {
  const seconds = outcomes.flatMap(({ retryAfter }) => retryAfter ?? []);
  return seconds.length === 0 ? {} : { retryAfter: Math.max(...seconds) };
}
