import { ChartsealError } from '../base/error.ts';
import { createPairMemo } from '../base/pair-memo.ts';
import type { Failure } from './failure.ts';
import type { ReadSignature } from './read-signature.ts';
import type { TrustedRoot } from './trusted-root.ts';
import { type VerifiedCertificate, verifyCertificate } from './verify-certificate.ts';
import { type VerifiedEntry, verifyLogEntry } from './verify-log-entry.ts';
import { verifyTimestamp } from './verify-timestamp.ts';

/** Everything that a trusted root says of a signature's proofs; no trust entry plays a part in it. */
export interface Proofs {
  entries: readonly (Failure | VerifiedEntry)[];
  timestamps: readonly (Failure | { time: Date })[];
  /** The times at which the signature existed, earliest first, as verified log entries and timestamps tell. */
  times: readonly Date[];
  /** Not judged, so not good, without a time or without a certificate. */
  certificate: VerifiedCertificate['certificate'] | 'not-judged';
  certificateLog: VerifiedCertificate['certificateLog'];
}

const known = createPairMemo<ReadSignature, TrustedRoot, Proofs>();

/** Verifies a signature's proofs by a root, once for the two. Never throws for what the proofs are. */
export function verifyProofs(signature: ReadSignature, root: TrustedRoot): Proofs {
  return known(signature, root, () => verify(signature, root));
}

function verify(signature: ReadSignature, root: TrustedRoot): Proofs {
  const timestamps = signature.timestamps.map((_, i) => verifyTimestamp(i, signature, root));
  const stamped = timestamps.flatMap((each) => ('time' in each ? [each.time] : []));
  const entries = signature.entries.map((_, i) => verifyLogEntry(i, signature, root, stamped));
  const promised = entries.flatMap((each) => ('log' in each && each.time !== undefined ? [each.time] : []));
  const times = [...promised, ...stamped].sort((a, b) => a.getTime() - b.getTime());
  const leaf = signature.signer.kind === 'certificate' ? signature.signer.leaf : undefined;
  const judged =
    leaf === undefined || leaf instanceof ChartsealError || times.length === 0
      ? ({ certificate: 'not-judged', certificateLog: 'not-judged' } as const)
      : verifyCertificate(leaf.certificate, times, root);
  return { entries, timestamps, times, ...judged };
}
