import type { ChartsealError } from '../base/error.ts';
import type { TrustOutcome } from '../base/evidence.ts';
import { createPairMemo } from '../base/pair-memo.ts';
import { reason } from '../base/reason.ts';
import type { ChartMetadata } from '../chart/index.ts';
import { type PgpTrust, type ProvenanceResult, verifyProvenance } from '../provenance/index.ts';
import type { ChosenPolicy } from './choose-policies.ts';
import type { Located } from './collect-detached.ts';
import type { JudgedSubject } from './judge.ts';
import { mergeExamined } from './merge-examined.ts';

/** What the provenance files of a chart state for the PGP names of a policy. */
export interface Examined extends Pick<ProvenanceResult, 'evidence' | 'outcomes' | 'facts' | 'files'> {
  /** The signed metadata, where a signed text covers the archive. */
  signed: ChartMetadata | undefined;
}

// A chart is judged again as more evidence is found; what was examined once for a policy stays.
const examined = createPairMemo<Located, ChosenPolicy, Promise<Examined>>();

/**
 * Examines every provenance found so far for the PGP names of a policy.
 * @param now milliseconds since the epoch
 */
export async function examineProvenances(
  subject: JudgedSubject,
  chosen: ChosenPolicy,
  trusts: PgpTrust[],
  now: number,
): Promise<Examined> {
  if (trusts.length === 0) return same([], () => ({ state: 'failed', reasons: [] }));
  const unsearched = subject.unsearched.pgp;
  const results = await Promise.all(
    subject.provenances.map((located) =>
      examined(located, chosen, () => examineOne(subject, located, chosen, trusts, now)),
    ),
  );
  if (unsearched !== undefined) results.push(same(trusts, (trust) => unavailable(trust, unsearched)));
  if (results.length > 0) return mergeExamined(results, trusts);
  const missing = (trust: string) =>
    reason('pgp.provenance_missing', 'the chart has no provenance, so nobody signed it', { trust });
  return same(trusts, (trust) => ({ state: 'failed', reasons: [missing(trust)] }));
}

async function examineOne(
  subject: JudgedSubject,
  { source, fetched }: Located,
  { policy, config }: ChosenPolicy,
  trusts: PgpTrust[],
  now: number,
): Promise<Examined> {
  if (!fetched.ok) return same(trusts, (trust) => unavailable(trust, fetched.error));
  const result = await verifyProvenance({
    bytes: fetched.value,
    source,
    trusts,
    archiveDigest: subject.archiveDigest,
    asked: subject.asked,
    unsafeAllow: policy.unsafeAllow,
    blockedSigners: config.blocked.signers,
    now,
  });
  // Signed text that names another archive says nothing about this one.
  const covers = Object.values(result.files ?? {}).includes(subject.archiveDigest);
  return { ...result, signed: covers ? result.metadata : undefined };
}

function same(
  trusts: PgpTrust[],
  outcome: (trust: string) => Omit<TrustOutcome, 'trust' | 'identities'>,
): Examined {
  return {
    evidence: [],
    facts: [],
    signed: undefined,
    outcomes: trusts.map(({ name }) => ({ trust: name, identities: [], ...outcome(name) })),
  };
}

function unavailable(trust: string, error: ChartsealError): Omit<TrustOutcome, 'trust' | 'identities'> {
  return {
    state: 'unknown',
    reasons: [
      reason(error.code, `the provenance could not be fetched: ${error.message}`, {
        trust,
        help: error.help,
      }),
    ],
    retryable: error.retryable,
    ...(error.retryAfter === undefined ? {} : { retryAfter: error.retryAfter }),
  };
}
