import type { TrustOutcome } from '../base/evidence.ts';

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
