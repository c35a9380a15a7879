import type { ClientPrediction } from '../base/evidence.ts';
import { clean } from '../base/text.ts';
import { type CosignFlags, cosignFlagsOf } from './cosign/flags.ts';
import { runCosign } from './cosign/run-cosign.ts';
import type { LocatedSignature } from './signature-item.ts';
import type { SigstoreTrust } from './trust.ts';

export interface CosignPredictionInput {
  /** What was found beside the chart, in the order in which it stands there. */
  items: readonly LocatedSignature[];
  /** Of what cosign reads, what was read to its end; false where reading stopped because the verdict was clear. */
  complete: {
    /** The first page of the referrers, or the index under the fallback tag. */
    referrers: boolean;
    /** The manifest under the `.sig` tag. */
    signatures: boolean;
  };
  /** `sha256:…` of the chart's manifest. */
  digest: string;
  trust: SigstoreTrust;
  /** Milliseconds since the epoch. */
  now: number;
}

/**
 * What `cosign verify` (3.1.3) would say of the same chart with the flags that a trust entry stands for: its key, or its
 * identity and issuer (several subjects or globs as one regular expression), its trusted root, its annotations, and the
 * log and certificate transparency ignored where the entry makes them optional. In cosign's words without the leading
 * "Error: ", numbers of a proof left out; several errors stand in the order of the signatures.
 *
 * cosign is its own judge of what counts: it takes a bundle of any predicate type for a signature; one bundle that it can
 * read hides all `.sig` signatures; it looks at the first page of referrers only, and at no log entry's own text in Rekor
 * v2, as it builds that anew.
 *
 * @returns undefined where it cannot be known: not enough was read, or cosign would ask a service
 */
export function predictCosign(input: CosignPredictionInput): ClientPrediction | undefined {
  let last: ClientPrediction | undefined;
  for (const flags of cosignFlagsOf(input.trust)) {
    last = predictWithFlags(input, flags);
    if (last?.outcome === 'accept') return last;
  }
  return last;
}

/** The same for one command line. */
export function predictWithFlags(
  input: CosignPredictionInput,
  flags: CosignFlags,
): ClientPrediction | undefined {
  const answer = runCosign(input, flags);
  if (answer === undefined) return undefined;
  const outcome = answer.refusal === undefined ? 'accept' : 'refuse';
  return { client: 'cosign', versions: '>=3', outcome, message: clean(answer.refusal ?? '', 1000) };
}
