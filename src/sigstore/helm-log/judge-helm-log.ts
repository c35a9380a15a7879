import type { Evidence, Reason, TrustOutcome } from '../../base/evidence.ts';
import type { Fetched } from '../../base/fetched.ts';
import { reason } from '../../base/reason.ts';
import { clean } from '../../base/text.ts';
import type { TrustedRoot } from '../trusted-root.ts';
import type { FoundHelmEntries } from './find-helm-entries.ts';
import { type HelmEntryResult, verifyHelmEntry } from './verify-helm-entry.ts';

/** What a PGP trust entry asks of a Rekor v1 log. */
export interface HelmLogTrust {
  /** Origin of the log. */
  rekor: string;
  root: TrustedRoot;
  /** Does a signature hold only when it is logged? Else it is a fact for the report. */
  require: boolean;
}

export interface HelmLogInput {
  /** What the provenance alone says for the trust name; `identities` are the fingerprints that hold. */
  outcome: TrustOutcome;
  log: HelmLogTrust;
  /** What the log was asked for, or why it could not be. */
  found: Fetched<FoundHelmEntries>;
  /** As for `verifyHelmEntry`. */
  signature: Uint8Array;
  archiveDigest: string;
}

/** Evidence that is shown where no entry is the provenance's. */
const SHOWN = 4;

/**
 * Adds to the outcome of a PGP trust what the log says. A log can only take away: what does not hold by itself is left as
 * it is, and nothing is asked of its entries.
 */
export function judgeHelmLog(input: HelmLogInput): { outcome: TrustOutcome; evidence: Evidence[] } {
  const { outcome, log, found, signature, archiveDigest } = input;
  if (outcome.state !== 'held') return { outcome, evidence: [] };
  const results = (found.ok ? found.value.entries : []).map((entry) =>
    verifyHelmEntry({
      entry,
      signature,
      archiveDigest,
      signers: outcome.identities,
      root: log.root,
      trust: outcome.trust,
    }),
  );
  const logged = results.filter((result) => result.logged);
  if (logged.length > 0) {
    const fact = reason('sigstore.chart_logged', `the log ${clean(log.rekor)} recorded it${since(logged)}`, {
      trust: outcome.trust,
    });
    return {
      outcome: { ...outcome, reasons: [...outcome.reasons, fact] },
      evidence: logged.map(({ evidence }) => evidence),
    };
  }
  const evidence = results.slice(0, SHOWN).map((result) => result.evidence);
  return { outcome: withoutEntry(input, results.length), evidence };
}

// An index that answered in full and names no entry of the provenance fails it; one that did not leaves it unknown.
function withoutEntry({ outcome, log, found }: HelmLogInput, count: number): TrustOutcome {
  const { trust } = outcome;
  const error = found.ok ? found.value.incomplete : found.error;
  const why: Reason =
    error === undefined
      ? reason('sigstore.chart_not_logged', `${notLogged(log.rekor, count)}`, { trust })
      : reason(error.code, `whether the chart is logged is not known: ${error.message}`, {
          trust,
          help: error.help,
        });
  if (!log.require) return { ...outcome, reasons: [...outcome.reasons, why] };
  const { holdsUntil: _, ...rest } = outcome;
  if (error === undefined) return { ...rest, state: 'failed', identities: [], reasons: [why] };
  return {
    ...rest,
    state: 'unknown',
    identities: [],
    reasons: [why],
    retryable: error.retryable,
    ...(error.retryAfter === undefined ? {} : { retryAfter: error.retryAfter }),
  };
}

function notLogged(rekor: string, count: number): string {
  const found =
    count === 0 ? 'no entry for this archive' : `${count} entries for this archive, none of this provenance`;
  return `the log ${clean(rekor)} has ${found}`;
}

function since(logged: HelmEntryResult[]): string {
  const times = logged.flatMap(({ loggedAt }) => loggedAt ?? []);
  return times.length === 0 ? '' : ` on ${new Date(Math.min(...times)).toISOString()}`;
}
