import type { TransparencyLogEntry } from '@sigstore/bundle';
import { VerificationError } from '@sigstore/verify';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { askForEntry } from './ask-library.ts';
import { type Failure, wordsOf } from './failure.ts';
import { type LoggedSigner, readLoggedSigner } from './read-log-entry.ts';
import type { ReadSignature } from './read-signature.ts';
import type { TrustedRoot } from './trusted-root.ts';

/** An entry that a trusted log holds, and that is one of this signature. */
export interface VerifiedEntry {
  log: string;
  signer: LoggedSigner;
  /** When the log took it in; only a promise tells, an entry without one may say anything (Rekor v2 says 0). */
  time: Date | undefined;
}

/**
 * Does a log that the root trusts hold an entry, and is that the entry of this signature, this digest and this
 * certificate? Which key it must name that comes without a certificate is for the trust entry to say (judge-proofs.ts).
 * @param stamped the times of the verified timestamps
 */
export function verifyLogEntry(
  index: number,
  signature: ReadSignature,
  { material }: TrustedRoot,
  stamped: readonly Date[],
): Failure | VerifiedEntry {
  const entry = signature.entries[index]!;
  const { logId, kindVersion, inclusionProof, inclusionPromise } = entry;
  // The library takes whatever JavaScript reads as a number, a negative one too.
  if (![entry.logIndex, inclusionProof?.logIndex ?? '0'].every((text) => /^\d{1,20}$/.test(text))) {
    return invalid('its index in the log is no index');
  }
  if (signature.entries.findIndex((other) => isSame(other, entry)) < index)
    return invalid('it is there twice');
  const logs = material.tlogs.filter(({ logID }) => logID.equals(logId.keyId));
  if (logs.length === 0) return invalid('the trusted root does not name this log');

  let signer: LoggedSigner | undefined;
  try {
    signer = readLoggedSigner(entry);
  } catch (error) {
    return invalid(`the entry cannot be read (${wordsOf(error)})`);
  }
  if (signer === undefined) {
    const kind = clean(`${kindVersion.kind} ${kindVersion.version}`);
    return { code: 'sigstore.unsupported', message: `the log entry is of a kind that is not known: ${kind}` };
  }
  try {
    askForEntry(material, signature.content, entry);
  } catch (error) {
    const isMismatch = error instanceof VerificationError && error.code === 'TLOG_BODY_ERROR';
    return isMismatch
      ? mismatch(`is that of another signature (${wordsOf(error)})`)
      : invalid(wordsOf(error));
  }
  const leaf = signature.signer.kind === 'certificate' ? signature.signer.leaf : undefined;
  if (leaf !== undefined && !(leaf instanceof ChartsealError)) {
    const isOurs = signer.kind === 'certificate' && leaf.certificate.der.equals(signer.der);
    if (!isOurs) return mismatch("names another certificate than the signature's");
  }
  // A promise is judged at its own time by the library. A proof has none: the key of the log must have been valid when
  // the signature was stamped, which neither cosign nor the library asks.
  const wasValid = (time: Date) =>
    logs.some(({ validFor }) => validFor.start <= time && time <= validFor.end);
  if (inclusionPromise === undefined && !stamped.every(wasValid)) {
    return invalid('the key of the log was not valid when it signed');
  }
  const seconds = Number(entry.integratedTime);
  const time = inclusionPromise !== undefined && seconds > 0 ? new Date(seconds * 1000) : undefined;
  return { log: clean(logs[0]!.baseURL), signer, time };
}

function isSame(a: TransparencyLogEntry, b: TransparencyLogEntry): boolean {
  return a === b || (a.canonicalizedBody.equals(b.canonicalizedBody) && a.logId.keyId.equals(b.logId.keyId));
}

function invalid(why: string): Failure {
  return { code: 'sigstore.log_invalid', message: `the log entry does not hold: ${why}` };
}

function mismatch(why: string): Failure {
  return { code: 'sigstore.log_mismatch', message: `the log entry ${why}` };
}
