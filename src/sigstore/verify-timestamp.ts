import { createHash } from 'node:crypto';
import { RFC3161Timestamp } from '@sigstore/core';
import { VerificationError } from '@sigstore/verify';
import { askForTimestamp } from './ask-library.ts';
import { endsInRoot } from './ends-in-root.ts';
import { type Failure, wordsOf } from './failure.ts';
import { MAX_DER_BYTES } from './limits.ts';
import { parseDer } from './parse-der.ts';
import type { ReadSignature } from './read-signature.ts';
import type { TrustedRoot } from './trusted-root.ts';

/** Is a timestamp (RFC 3161) one of this signature, by an authority that the root trusts? */
export function verifyTimestamp(
  index: number,
  { content, timestamps }: ReadSignature,
  root: TrustedRoot,
): Failure | { time: Date } {
  const invalid = (why: string): Failure => ({
    code: 'sigstore.timestamp_invalid',
    message: `the timestamp does not hold: ${why}`,
  });
  const der = timestamps[index]!;
  if (der.byteLength > MAX_DER_BYTES) return invalid(`it has more than ${MAX_DER_BYTES} bytes`);
  if (timestamps.findIndex((other) => other.equals(der)) < index) return invalid('it is there twice');
  try {
    const timestamp = new RFC3161Timestamp(parseDer(der));
    // RFC 3161 section 2.4.2: granted, or granted with modifications.
    if (timestamp.status !== 0n && timestamp.status !== 1n) return invalid('it was not granted');
    try {
      askForTimestamp(root.material, content, timestamp);
    } catch (error) {
      if (!(error instanceof VerificationError)) throw error;
      return invalid(whyNot(timestamp, content.signature, root));
    }
    const time = timestamp.signingTime;
    return Number.isNaN(time.getTime()) ? invalid('its time cannot be read') : { time };
  } catch (error) {
    return invalid(`it cannot be read (${wordsOf(error)})`);
  }
}

// The library only says that no authority verified it.
function whyNot(timestamp: RFC3161Timestamp, signature: Buffer, { material }: TrustedRoot): string {
  const { messageImprintHashAlgorithm, messageImprintHashedMessage } = timestamp.tstInfo;
  const digest = createHash(messageImprintHashAlgorithm).update(signature).digest();
  if (!digest.equals(messageImprintHashedMessage)) return 'it is one of another signature';
  const authorities = material.timestampAuthorities.filter(({ certChain: [signer] }) =>
    signer?.serialNumber.equals(timestamp.signerSerialNumber),
  );
  if (authorities.length === 0) return 'the trusted root does not name its authority';
  if (!authorities.some(({ certChain }) => endsInRoot(certChain)))
    return 'the chain of its authority in the trusted root ends in no root certificate, so it vouches for none';
  const time = timestamp.signingTime;
  const isValid = authorities.some(
    ({ validFor, certChain }) =>
      validFor.start <= time && time <= validFor.end && certChain.every((each) => each.validForDate(time)),
  );
  return isValid ? 'it was altered' : `its authority was not valid at ${time.toISOString()}`;
}
