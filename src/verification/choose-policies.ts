import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import type { Config } from '../config/index.ts';
import { covers, findPolicy, type Policy } from '../policy/index.ts';
import type { JudgedPolicy } from '../report/index.ts';

/** A policy that will be judged, with the configuration its trust names come from. */
export interface ChosenPolicy {
  policy: Policy;
  config: Config;
  chosenBy: JudgedPolicy['chosenBy'];
}

/**
 * The policies that must all allow: the first match of the configuration, then the one made of --keyring, then the
 * one the caller names (a caller may only tighten).
 * @param repository normalised `host/repository`
 * @returns an empty list when the configuration covers the repository by no policy
 * @throws ChartsealError `policy.unknown`, `policy.not_covering`
 */
export function choosePolicies(
  repository: string,
  request: { policy?: string | undefined },
  { config, keyringPolicy }: { config: Config; keyringPolicy?: Config | undefined },
): ChosenPolicy[] {
  const matched = findPolicy(config.policies, repository);
  if (matched === undefined) return [];
  const chosen: ChosenPolicy[] = [{ policy: matched, config, chosenBy: origin(matched) }];
  const keyring = keyringPolicy?.policies[0];
  if (keyringPolicy !== undefined && keyring !== undefined) {
    chosen.push({ policy: keyring, config: keyringPolicy, chosenBy: 'keyring' });
  }
  if (request.policy !== undefined && request.policy !== matched.name) {
    const named = requirePolicy(config, request.policy);
    if (!covers(named, repository)) {
      throw new ChartsealError(
        'policy.not_covering',
        `the policy "${named.name}" does not cover ${repository}; it matches ${named.match.join(', ')}`,
      );
    }
    chosen.push({ policy: named, config, chosenBy: 'request' });
  }
  return chosen;
}

/** @throws ChartsealError `policy.unknown`, naming the policies there are */
export function requirePolicy(config: Config, name: string): Policy {
  const found = config.policies.find((policy) => policy.name === name);
  if (found !== undefined) return found;
  const names = config.policies.map((policy) => policy.name).join(', ');
  throw new ChartsealError('policy.unknown', `there is no policy "${clean(name)}"; there are: ${names}`);
}

/** The policy that `verify` makes of `--keyring` and its like has this name, which a configuration cannot give. */
export const KEYRING_POLICY = '(command line)';

function origin(policy: Policy): JudgedPolicy['chosenBy'] {
  return policy.name === KEYRING_POLICY ? 'keyring' : 'match';
}
