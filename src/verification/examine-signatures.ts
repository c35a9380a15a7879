import type { ChartsealError } from '../base/error.ts';
import type { Evidence, Reason, TrustOutcome } from '../base/evidence.ts';
import { createPairMemo } from '../base/pair-memo.ts';
import { reason } from '../base/reason.ts';
import type { ChartMetadata } from '../chart/index.ts';
import type { LocatedSignature, SigstoreTrust } from '../sigstore/index.ts';
import { type ManifestClaim, type ManifestMatch, matchManifest } from '../subject/index.ts';
import type { ChosenPolicy } from './choose-policies.ts';
import type { JudgedSubject } from './judged-subject.ts';
import { mergeOutcomes } from './merge-outcomes.ts';
import { unavailable } from './unavailable.ts';

/** What the sigstore signatures of a manifest state for the sigstore names of a policy. */
interface ExaminedSignatures {
  evidence: Evidence[];
  outcomes: TrustOutcome[];
  facts: Reason[];
  /** What a manifest whose signature holds says which chart it is. */
  claim: ManifestClaim | undefined;
  /** Its config blob, where it was read. */
  signed: ChartMetadata | undefined;
  /** Why the config blob that such a manifest names is not known. */
  unread: ChartsealError | undefined;
}

type Outcome = Omit<TrustOutcome, 'trust' | 'identities'>;
type Result = { evidence: Evidence[]; outcomes: TrustOutcome[] };

// A chart is judged again as more evidence is found; what was examined once for a policy stays.
const examined = createPairMemo<LocatedSignature, ChosenPolicy, Promise<Result>>();

/** Examines every signature found so far, and whether the manifest they sign is that of the chart asked for. */
export async function examineSignatures(
  subject: JudgedSubject,
  chosen: ChosenPolicy,
  trusts: SigstoreTrust[],
): Promise<ExaminedSignatures> {
  const nothing = {
    evidence: [],
    outcomes: [],
    facts: [],
    claim: undefined,
    signed: undefined,
    unread: undefined,
  };
  if (trusts.length === 0) return nothing;
  const { described, digest } = subject;
  if (described === undefined || digest === null) {
    const message = 'a file has no manifest, which is what sigstore signs';
    return { ...nothing, outcomes: all(trusts, (trust) => failed('sigstore.no_manifest', message, trust)) };
  }
  const results = await Promise.all(
    subject.signatures.map((located) =>
      examined(located, chosen, () => examineOne(digest, located, chosen, trusts)),
    ),
  );
  const { sigstore: unsearched } = subject.unsearched;
  if (unsearched !== undefined) {
    results.push({
      evidence: [],
      outcomes: all(trusts, (trust) => unavailable(trust, 'a signature', unsearched)),
    });
  }
  if (results.length === 0) {
    const message = 'nobody signed the manifest: it has no sigstore signature';
    return {
      ...nothing,
      outcomes: all(trusts, (trust) => failed('sigstore.signature_missing', message, trust)),
    };
  }
  const outcomes = trusts.map(({ name }) =>
    mergeOutcomes(results.flatMap((result) => result.outcomes.filter(({ trust }) => trust === name))),
  );
  const evidence = results.flatMap((result) => result.evidence);
  if (!outcomes.some(({ state }) => state === 'held')) return { ...nothing, evidence, outcomes };

  const config = described.config?.ok ? described.config.value : undefined;
  const match = matchManifest(described.shape, described.reference, config, chosen.policy.unsafeAllow);
  if (match.holds) {
    const unread = described.config?.ok === false ? described.config.error : undefined;
    return { evidence, outcomes, facts: match.reasons, claim: match.claim, signed: config, unread };
  }
  return {
    ...nothing,
    evidence: evidence.map((one) => ({ ...one, trustedAs: [] })),
    outcomes: outcomes.map((outcome) => refuseOther(outcome, match, described.config)),
  };
}

async function examineOne(
  digest: string,
  { source, fetched }: LocatedSignature,
  { config }: ChosenPolicy,
  trusts: SigstoreTrust[],
): Promise<Result> {
  if (!fetched.ok)
    return {
      evidence: [],
      outcomes: all(trusts, (trust) => unavailable(trust, 'a signature', fetched.error)),
    };
  // Loaded where it is needed: the libraries of sigstore take long to load.
  const { verifySignature } = await import('../sigstore/index.ts');
  const { evidence, outcomes } = await verifySignature({
    source,
    item: fetched.value,
    subject: { digest },
    trusts,
    blockedSigners: config.blocked.signers,
    blockedIdentities: config.blocked.identities,
  });
  return { evidence: [evidence], outcomes };
}

// A good signature of another chart: it does not hold. If the config blob, which might have said otherwise, could not
// be read, that is not known.
function refuseOther(
  outcome: TrustOutcome,
  { reasons }: ManifestMatch,
  config: NonNullable<JudgedSubject['described']>['config'],
): TrustOutcome {
  if (outcome.state !== 'held') return outcome;
  const { trust } = outcome;
  if (config !== undefined && !config.ok && config.error.code !== 'manifest.config_unread') {
    return { trust, identities: [], ...unavailable(trust, 'the config blob', config.error) };
  }
  return { trust, state: 'failed', identities: [], reasons: reasons.map((one) => ({ ...one, trust })) };
}

function all(trusts: SigstoreTrust[], outcome: (trust: string) => Outcome): TrustOutcome[] {
  return trusts.map(({ name }) => ({ trust: name, identities: [], ...outcome(name) }));
}

function failed(code: Reason['code'], message: string, trust: string): Outcome {
  return { state: 'failed', reasons: [reason(code, message, { trust })] };
}
