import type { Trust } from '../config/index.ts';
import { evaluate, trustNames } from '../policy/index.ts';
import type { ChosenPolicy } from './choose-policies.ts';

export type Scheme = Trust['scheme'];

/** The trust entries of one scheme that a policy names, in its order. */
export function trustsOf<S extends Scheme>(
  { policy, config }: ChosenPolicy,
  scheme: S,
): Extract<Trust, { scheme: S }>[] {
  return trustNames(policy.require)
    .flatMap((name) => config.trust.get(name) ?? [])
    .filter((trust): trust is Extract<Trust, { scheme: S }> => trust.scheme === scheme);
}

/** Does one of the policies name a signer of this scheme? */
export function isNamed(policies: readonly ChosenPolicy[], scheme: Scheme): boolean {
  return policies.some((chosen) => trustsOf(chosen, scheme).length > 0);
}

/**
 * Is there a policy that cannot be satisfied without the scheme, whatever the others bring? Then its evidence may be
 * fetched before that of other schemes was judged.
 */
export function isNecessary(policies: readonly ChosenPolicy[], scheme: Scheme): boolean {
  return policies.some(({ policy, config }) => {
    const outcomes = trustNames(policy.require).map((trust) => ({
      trust,
      state: config.trust.get(trust)?.scheme === scheme ? ('failed' as const) : ('held' as const),
      identities: [`\0${trust}`],
      reasons: [],
    }));
    return evaluate(policy.require, new Map(outcomes.map((one) => [one.trust, one]))) !== 'true';
  });
}
