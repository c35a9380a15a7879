import { globToMatcher } from '../base/glob.ts';
import { createReadOnce } from '../base/read-once.ts';
import type { Requirement } from './requirement.ts';

/** A policy as the configuration gives it, with every default filled in. */
export interface Policy {
  name: string;
  /** Globs over `host/repository`, normalised like references. */
  match: string[];
  require: Requirement;
  depth: 'signature' | 'content';
  mode: 'enforce' | 'warn';
  unsafeAllow: ('renamed' | 'retagged')[];
  /** `sha256:…` of the policy, the trust entries it names, the bytes of their key files and what is blocked. */
  revision: string;
}

const matchersOf = createReadOnce(({ match }: Policy) => match.map(globToMatcher));

/**
 * The first policy that covers a repository. undefined: none does, which is a deny.
 * @param repository normalised `host/repository`, without tag and digest
 */
export function findPolicy(policies: readonly Policy[], repository: string): Policy | undefined {
  return policies.find((policy) => covers(policy, repository));
}

/** Does one of the globs of the policy match `host/repository`? */
export function covers(policy: Policy, repository: string): boolean {
  return matchersOf(policy).some((matches) => matches(repository));
}
