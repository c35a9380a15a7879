import type { TransparencyLogEntry } from '@sigstore/bundle';
import { RFC3161Timestamp } from '@sigstore/core';
import { VerificationError } from '@sigstore/verify';
import type { Code } from '../base/codes.ts';
import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { askForCertificate, askForEntry, askForTimestamp } from './ask-library.ts';
import { MAX_DER_BYTES } from './limits.ts';
import { parseDer } from './parse-der.ts';
import type { Leaf } from './read-leaf.ts';
import { type LoggedSigner, readLoggedSigner } from './read-log-entry.ts';
import type { ReadSignature } from './read-signature.ts';
import type { TrustedRoot } from './trusted-root.ts';

/** What was found wrong with one proof. */
export interface Failure {
  code: Code;
  message: string;
}

/** Everything that a trusted root says of a signature's proofs; no trust entry plays a part in it. */
export interface Proofs {
  entries: readonly (Failure | { log: string; signer: LoggedSigner })[];
  timestamps: readonly (Failure | { time: Date })[];
  /** The times at which the signature existed, as verified log entries and timestamps tell. */
  times: readonly Date[];
  /** Good at every one of the times. Not judged without a time or without a certificate. */
  certificate: Failure | 'good' | 'not-judged';
  /** Was the certificate logged? `no-logs`: it says so, and the root names no certificate log to ask. */
  certificateLog: Failure | 'logged' | 'missing' | 'no-logs' | 'not-judged';
}

const known = new WeakMap<ReadSignature, WeakMap<TrustedRoot, Proofs>>();

/** Verifies a signature's proofs by a root, once for the two. Never throws for what the proofs are. */
export function verifyProofs(signature: ReadSignature, root: TrustedRoot): Proofs {
  let byRoot = known.get(signature);
  if (byRoot === undefined) {
    byRoot = new WeakMap();
    known.set(signature, byRoot);
  }
  let proofs = byRoot.get(root);
  if (proofs === undefined) {
    proofs = verify(signature, root);
    byRoot.set(root, proofs);
  }
  return proofs;
}

function verify(signature: ReadSignature, root: TrustedRoot): Proofs {
  const timestamps = signature.timestamps.map((der, i) => verifyTimestamp(der, i, signature, root));
  const stamped = timestamps.flatMap((each) => ('time' in each ? [each.time] : []));
  const entries = signature.entries.map((entry, i) => verifyEntry(entry, i, signature, root, stamped));
  const promised = signature.entries.flatMap((entry, i) => ('log' in entries[i]! ? promisedTime(entry) : []));
  const times = [...promised, ...stamped].sort((a, b) => a.getTime() - b.getTime());
  const { signer } = signature;
  const unjudged = { certificate: 'not-judged', certificateLog: 'not-judged' } as const;
  return {
    entries,
    timestamps,
    times,
    ...(signer.kind === 'certificate' && !(signer.leaf instanceof ChartsealError) && times.length > 0
      ? verifyCertificate(signer.leaf, times, root)
      : unjudged),
  };
}

function verifyTimestamp(
  der: Buffer,
  index: number,
  { content, timestamps }: ReadSignature,
  { material }: TrustedRoot,
): Failure | { time: Date } {
  const code = 'sigstore.timestamp_invalid';
  try {
    if (der.byteLength > MAX_DER_BYTES) throw new Error(`it has more than ${MAX_DER_BYTES} bytes`);
    if (timestamps.some((other, i) => i < index && other.equals(der))) throw new Error('it is there twice');
    const timestamp = new RFC3161Timestamp(parseDer(der));
    // RFC 3161 section 2.4.2: granted, or granted with modifications.
    if (timestamp.status !== 0n && timestamp.status !== 1n) throw new Error('it was not granted');
    askForTimestamp(material, content, timestamp);
    const time = timestamp.signingTime;
    if (Number.isNaN(time.getTime())) throw new Error('its time cannot be read');
    return { time };
  } catch (error) {
    const why =
      error instanceof VerificationError
        ? 'it is not one of this signature by an authority that the trusted root names and that was valid then'
        : wordsOf(error);
    return { code, message: `the timestamp does not hold: ${why}` };
  }
}

function verifyEntry(
  entry: TransparencyLogEntry,
  index: number,
  signature: ReadSignature,
  { material }: TrustedRoot,
  stamped: readonly Date[],
): Failure | { log: string; signer: LoggedSigner } {
  const invalid = (why: string): Failure => ({
    code: 'sigstore.log_invalid',
    message: `the proof that it was logged does not hold: ${why}`,
  });
  const { logId, kindVersion, inclusionProof, inclusionPromise } = entry;
  // The library reads any number here, and a negative one as it is.
  if (![entry.logIndex, inclusionProof?.logIndex ?? '0'].every((text) => /^\d{1,20}$/.test(text))) {
    return invalid('its index in the log is no index');
  }
  const twice = (other: TransparencyLogEntry) =>
    other.canonicalizedBody.equals(entry.canonicalizedBody) && other.logId.keyId.equals(logId.keyId);
  if (signature.entries.slice(0, index).some(twice)) return invalid('the same entry is there twice');
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
    if (error instanceof VerificationError && error.code === 'TLOG_BODY_ERROR') {
      return {
        code: 'sigstore.log_mismatch',
        message: `the log entry is another's: ${clean(error.message)}`,
      };
    }
    return invalid(wordsOf(error));
  }
  const leaf = signature.signer.kind === 'certificate' ? signature.signer.leaf : undefined;
  // Which key an entry must name that comes without a certificate is for the trust entry to say (judge-trust.ts).
  if (leaf !== undefined && !(leaf instanceof ChartsealError)) {
    if (signer.kind !== 'certificate' || !leaf.certificate.der.equals(signer.der)) {
      const message = "the log entry names another certificate than the signature's";
      return { code: 'sigstore.log_mismatch', message };
    }
  }
  // A promise is judged at its own time by the library. A proof has none: the key of the log must have been valid when
  // the signature was stamped, which cosign and the library do not ask.
  const isValidAt = (time: Date) =>
    logs.some(({ validFor }) => validFor.start <= time && time <= validFor.end);
  if (inclusionPromise === undefined && !stamped.every(isValidAt)) {
    return invalid("the log's key was not valid when it was signed");
  }
  return { log: clean(logs[0]!.baseURL), signer };
}

// Only a promise tells the time; an entry without one may say anything (Rekor v2 says 0).
function promisedTime({ inclusionPromise, integratedTime }: TransparencyLogEntry): Date[] {
  const seconds = Number(integratedTime);
  return inclusionPromise !== undefined && seconds > 0 ? [new Date(seconds * 1000)] : [];
}

function verifyCertificate(
  leaf: Leaf,
  times: readonly Date[],
  { material }: TrustedRoot,
): Pick<Proofs, 'certificate' | 'certificateLog'> {
  const { certificate } = leaf;
  const failed = (code: Code, message: string) => ({
    certificate: { code, message },
    certificateLog: 'not-judged' as const,
  });
  try {
    const late = times.find((time) => !certificate.validForDate(time));
    if (late !== undefined) {
      const [from, to] = [certificate.notBefore, certificate.notAfter].map((time) => time.toISOString());
      const message = `the certificate was valid from ${from} to ${to}, and it signed at ${late.toISOString()}`;
      return failed('sigstore.certificate_expired', message);
    }
    const seconds = [...new Set(times.map((time) => Math.floor(time.getTime() / 1000)))];
    askForCertificate(material, certificate, seconds);
    return { certificate: 'good', certificateLog: 'logged' };
  } catch (error) {
    // The library looks at the chain first, then at the timestamps of certificate logs.
    if (error instanceof VerificationError && /\bSCTs?\b/.test(error.message)) {
      const certificateLog = judgeCertificateLog(error.message, material.ctlogs.length);
      return { certificate: 'good', certificateLog };
    }
    const why = wordsOf(error);
    return failed(
      'sigstore.certificate_invalid',
      `no authority of the trusted root issued the certificate: ${why}`,
    );
  }
}

function judgeCertificateLog(message: string, logs: number): Proofs['certificateLog'] {
  if (/got 0$/.test(message)) return 'missing';
  if (logs === 0) return 'no-logs';
  return {
    code: 'sigstore.sct_invalid',
    message: 'the certificate has a timestamp that is not by a certificate log of the trusted root',
  };
}

function wordsOf(error: unknown): string {
  const { message, cause } = error as { message?: unknown; cause?: { message?: unknown } };
  return clean(cause?.message ?? message ?? error);
}
