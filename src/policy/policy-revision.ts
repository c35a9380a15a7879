import { canonicalJson, type Json } from '../base/canonical-json.ts';
import { toHex } from '../base/hex.ts';
import { sha256 } from '../base/sha256.ts';
import type { Policy } from './find-policy.ts';
import { trustNames } from './trust-names.ts';

/** Everything that decides about one trust name, key files by the digest of their bytes and not by their path. */
export type TrustFacts = { [key: string]: Json };

/** What a policy's revision is computed over. */
interface RevisionInput {
  policy: Omit<Policy, 'revision'>;
  /** Facts of at least the trust names that the policy requires; those of others do not change its revision. */
  trust: ReadonlyMap<string, TrustFacts>;
  blocked: {
    digests: Iterable<string>;
    signers: Iterable<string>;
    identities?: Iterable<{ issuer: string; subject: string }>;
  };
}

/**
 * The revision of a policy: changes whenever a verdict by this policy could change without the chart having
 * changed. Part of every cache key and of reports.
 * @returns `sha256:` and 64 hex digits
 */
export async function policyRevision(input: RevisionInput): Promise<string> {
  const { name, match, require, depth, mode, unsafeAllow } = input.policy;
  const trust: { [key: string]: Json } = {};
  for (const used of trustNames(require)) trust[used] = input.trust.get(used) ?? null;
  const text = canonicalJson({
    // Raise this number when the meaning of a field changes, so that verdicts of before are not found again.
    format: 1,
    policy: {
      name,
      match,
      require: require as unknown as Json,
      depth,
      mode,
      unsafeAllow: unsafeAllow.toSorted(),
    },
    trust,
    blocked: {
      digests: [...input.blocked.digests].sort(),
      signers: [...input.blocked.signers].sort(),
      identities: [...(input.blocked.identities ?? [])]
        .map(({ issuer, subject }) => canonicalJson({ issuer, subject }))
        .sort(),
    },
  });
  return `sha256:${toHex(await sha256(new TextEncoder().encode(text)))}`;
}
