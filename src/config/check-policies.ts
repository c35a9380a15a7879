import { type Policy, policyRevision } from '../policy/index.ts';
import type { CheckContext } from './check-context.ts';
import { checkMatches } from './check-matches.ts';
import type { CheckedTrust } from './check-trust.ts';
import { checkUniqueName } from './check-unique-name.ts';
import type { Config } from './config.ts';
import { listOf, mapOf } from './plain.ts';
import type { Path } from './problem.ts';
import { readRequirement } from './read-requirement.ts';
import { policySchema } from './schema.ts';

/** Checks `policies` beyond its shape and computes their revisions. */
export async function checkPolicies(
  raw: unknown,
  trust: CheckedTrust,
  blocked: Config['blocked'],
  context: CheckContext,
): Promise<Policy[]> {
  const policies: Policy[] = [];
  const seen = new Map<string, Path>();
  const facts = new Map([...trust.loaded].map(([name, loaded]) => [name, loaded.facts]));
  for (const [index, entry] of listOf(raw).entries()) {
    const path = ['policies', index];
    const fields = mapOf(entry);
    checkUniqueName(fields.name, [...path, 'name'], seen, context);
    const match = checkMatches(fields.match, [...path, 'match'], context);
    const require = readRequirement(fields.require, [...path, 'require'], trust.names, context.report);
    const text = policySchema.safeParse(entry);
    if (!text.success || match === undefined || require === undefined) continue;
    const policy: Omit<Policy, 'revision'> = {
      name: text.data.name,
      match,
      require,
      depth: text.data.depth ?? 'signature',
      mode: text.data.mode ?? 'enforce',
      unsafeAllow: [...new Set(text.data.unsafeAllow ?? [])],
    };
    policies.push({ ...policy, revision: await policyRevision({ policy, trust: facts, blocked }) });
  }
  return policies;
}
