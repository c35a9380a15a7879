import { ChartsealError } from '../base/error.ts';
import type { TrustOutcome } from '../base/evidence.ts';
import { createPairMemo } from '../base/pair-memo.ts';
import { reason } from '../base/reason.ts';
import { clean } from '../base/text.ts';
import type { ChartMetadata } from '../chart/index.ts';
import type { LoggedTrust } from '../config/index.ts';
import { type ProvenanceResult, readClearsigned, verifyProvenance } from '../provenance/index.ts';
// Not by the index, which loads libraries that take long.
import { judgeHelmLog } from '../sigstore/helm-log/judge-helm-log.ts';
import type { ChosenPolicy } from './choose-policies.ts';
import type { Located } from './collect-detached.ts';
import type { JudgedSubject } from './judged-subject.ts';
import { mergeOutcomes } from './merge-outcomes.ts';
import { unavailable } from './unavailable.ts';

/** What the provenance files of a chart state for the PGP names of a policy. */
interface Examined extends Pick<ProvenanceResult, 'evidence' | 'outcomes' | 'facts' | 'files'> {
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
  trusts: LoggedTrust[],
  now: number,
): Promise<Examined> {
  if (trusts.length === 0) return same([], () => ({ state: 'failed', reasons: [] }));
  const unsearched = subject.unsearched.pgp;
  const results = await Promise.all(
    subject.provenances.map((located) =>
      examined(located, chosen, () => examineOne(subject, located, chosen, trusts, now)),
    ),
  );
  if (unsearched !== undefined)
    results.push(same(trusts, (trust) => unavailable(trust, 'the provenance', unsearched)));
  if (results.length > 0) return mergeExamined(results, trusts);
  const missing = (trust: string) =>
    reason('pgp.provenance_missing', 'the chart has no provenance, so nobody signed it', { trust });
  return same(trusts, (trust) => ({ state: 'failed', reasons: [missing(trust)] }));
}

async function examineOne(
  subject: JudgedSubject,
  { source, fetched }: Located,
  { policy, config }: ChosenPolicy,
  trusts: LoggedTrust[],
  now: number,
): Promise<Examined> {
  if (!fetched.ok) return same(trusts, (trust) => unavailable(trust, 'the provenance', fetched.error));
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
  return {
    ...result,
    ...lookUp(result, fetched.value, trusts, subject),
    signed: covers ? result.metadata : undefined,
  };
}

// What holds by itself is looked up in the log of its trust entry, which can only take away.
function lookUp(
  { outcomes, evidence }: ProvenanceResult,
  bytes: Uint8Array,
  trusts: LoggedTrust[],
  { archiveDigest, logs }: JudgedSubject,
): Pick<Examined, 'outcomes' | 'evidence'> {
  const logged = outcomes.map((outcome, at) => {
    const log = trusts[at]?.log;
    if (log === undefined || outcome.state !== 'held') return { outcome, evidence: [] };
    const found = logs.get(log.rekor) ?? { ok: false, error: notAsked(log.rekor) };
    const { packets } = readClearsigned(bytes);
    return judgeHelmLog({ outcome, log, found, signature: packets, archiveDigest });
  });
  const lost = logged.flatMap(({ outcome }) => (outcome.state === 'held' ? [] : [outcome.trust]));
  return {
    outcomes: logged.map(({ outcome }) => outcome),
    evidence: [
      ...evidence.map((one) => ({
        ...one,
        trustedAs: one.trustedAs.filter((trust) => !lost.includes(trust)),
      })),
      ...logged.flatMap((one) => one.evidence),
    ],
  };
}

// What several provenance files of one chart state together: one good signature is enough, a bad one does no harm, and
// what could not be read leaves open what was not found elsewhere.
function mergeExamined(results: Examined[], trusts: LoggedTrust[]): Examined {
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

function notAsked(rekor: string): ChartsealError {
  const message = `files are judged without asking anybody, so the transparency log ${clean(rekor)} was not asked`;
  return new ChartsealError('sigstore.log_not_asked', message);
}

function same(
  trusts: LoggedTrust[],
  outcome: (trust: string) => Omit<TrustOutcome, 'trust' | 'identities'>,
): Examined {
  return {
    evidence: [],
    facts: [],
    signed: undefined,
    outcomes: trusts.map(({ name }) => ({ trust: name, identities: [], ...outcome(name) })),
  };
}
