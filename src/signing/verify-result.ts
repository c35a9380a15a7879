import { ChartsealError } from '../base/error.ts';
import type { Config, SigningEntry } from '../config/index.ts';
import { type Digest, formatReference, type Reference } from '../oci/index.ts';
import { type Policy, policyRevision, type TrustFacts } from '../policy/index.ts';
import type { Report } from '../report/index.ts';
import { verify } from '../verify.ts';
import { fingerprintOf } from './read-order.ts';
import type { Identity, SignContext, SignTarget } from './task.ts';
import { trustOf } from './trust-of.ts';

/** Somebody who signed, by whatever it is known by. */
export interface Signatory {
  entry: SigningEntry;
  /** Of a keyless one. */
  identity: Identity | undefined;
}

/**
 * Reads the result back from the registry by digest and verifies it by all who signed, on the way every other chart takes.
 * @throws ChartsealError `sign.self_check` when it is not allowed: then nothing is moved
 */
export async function verifyResult(
  signatories: readonly Signatory[],
  target: SignTarget,
  digest: Digest,
  context: SignContext,
): Promise<Report> {
  const report = await verifyBy(signatories, formatReference({ ...target.reference, digest }), context);
  if (report.verdict !== 'allow') {
    const [why] = report.reasons;
    throw new ChartsealError(
      'sign.self_check',
      `what was signed does not verify: ${why?.code}: ${why?.message}`,
      {
        retryable: report.retryable,
      },
    );
  }
  return report;
}

/**
 * The report that whoever asks for the tag gets, in which Helm's words are those for the tag; no judgement hangs on it.
 * @param verified the report by digest, told where the tag names something else by now or cannot be read
 */
export async function reportByTag(
  signatories: readonly Signatory[],
  reference: Reference,
  verified: Report,
  context: SignContext,
): Promise<Report> {
  if (reference.tag === undefined) return verified;
  try {
    const report = await verifyBy(signatories, formatReference(reference), context);
    const isSame = report.verdict === 'allow' && report.subject.digest === verified.subject.digest;
    return isSame ? report : verified;
  } catch (error) {
    if (error instanceof ChartsealError) return verified;
    throw error;
  }
}

async function verifyBy(
  signatories: readonly Signatory[],
  reference: string,
  context: SignContext,
): Promise<Report> {
  const config = await configOf(signatories, context.config);
  return verify(
    { reference },
    { ...context, config, keyringPolicy: undefined, noCache: true, cache: undefined, scope: 'callers' },
  );
}

/** What reports call a signer here; no name in chartseal.yaml can have a colon. */
export function trustName({ name }: SigningEntry): string {
  return `signing:${name}`;
}

async function configOf(signatories: readonly Signatory[], config: Config): Promise<Config> {
  const trust: Config['trust'] = new Map();
  const facts = new Map<string, TrustFacts>();
  for (const { entry, identity } of signatories) {
    const own = await trustOf(entry, identity);
    if (own === undefined) throw new Error(`nothing is known of "${entry.name}"`);
    const name = trustName(entry);
    trust.set(name, { ...own, name });
    facts.set(name, { scheme: entry.scheme, fingerprint: fingerprintOf(entry) ?? null, ...identity });
  }
  const { blocked } = config;
  const policy: Omit<Policy, 'revision'> = {
    name: 'signing',
    match: ['**'],
    require: { allOf: [...trust.keys()].map((name) => ({ name })) },
    depth: 'signature',
    mode: 'enforce',
    unsafeAllow: [],
  };
  const revision = await policyRevision({ policy, trust: facts, blocked });
  return { ...config, trust, policies: [{ ...policy, revision }] };
}

/**
 * Holds the chart to the policies that the entries require, as it stands before it is signed.
 * @throws ChartsealError `sign.not_allowed`
 */
export async function requireAllowed(
  entries: readonly SigningEntry[],
  target: SignTarget,
  context: SignContext,
): Promise<void> {
  const names = new Set(entries.map(({ requires }) => requires));
  for (const policy of context.config.policies.filter(({ name }) => names.has(name))) {
    await requireAllowedBy(policy, target, context);
  }
}

async function requireAllowedBy(policy: Policy, target: SignTarget, context: SignContext): Promise<void> {
  // Its match is not looked at: the entry says that it is to be asked.
  const config = { ...context.config, policies: [{ ...policy, match: ['**'] }] };
  const reference = formatReference({ ...target.reference, digest: target.manifest.digest });
  const report = await verify(
    { reference },
    { ...context, config, keyringPolicy: undefined, noCache: true, cache: undefined, scope: 'callers' },
  );
  if (report.verdict === 'allow') return;
  const [why] = report.reasons;
  throw new ChartsealError(
    'sign.not_allowed',
    `the policy "${policy.name}" does not allow the chart (${report.verdict}): ${why?.code}: ${why?.message}`,
    { retryable: report.retryable },
  );
}
