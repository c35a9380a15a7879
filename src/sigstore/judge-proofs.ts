import { type Check, fail, info, pass } from './check.ts';
import type { ReadSignature } from './read-signature.ts';
import type { SigstoreTrust } from './trust.ts';
import type { Proofs } from './verify-proofs.ts';

/**
 * Are log entries and timestamps what a trust entry asks for?
 *
 * What is there must hold even where it is not asked for, as in `@sigstore/verify`: a proof that does not hold is a sign
 * of tampering. cosign passes over such proofs where the log is ignored or a key is given.
 */
export function judgeProofs(
  signature: ReadSignature,
  trust: SigstoreTrust,
  proofs: Proofs | undefined,
): Check[] {
  if (proofs === undefined) return judgeWithoutRoot(signature, trust);
  return [...judgeLog(trust, proofs), ...judgeTime(trust, proofs)];
}

function judgeWithoutRoot(signature: ReadSignature, { transparencyLog }: SigstoreTrust): Check[] {
  const message = 'the trust entry has no trusted root, so log entries and timestamps are not looked at';
  if (transparencyLog === 'required') return [fail('transparency-log', 'sigstore.log_missing', message)];
  const hasProofs = signature.entries.length > 0 || signature.timestamps.length > 0;
  return hasProofs ? [info('transparency-log', message)] : [];
}

function judgeLog({ identity, transparencyLog }: SigstoreTrust, { entries }: Proofs): Check[] {
  const name = 'transparency-log';
  if (entries.length === 0) {
    const message = 'it has no entry of a transparency log';
    return [
      transparencyLog === 'required' ? fail(name, 'sigstore.log_missing', message) : info(name, message),
    ];
  }
  return entries.map((entry) => {
    if ('code' in entry) return fail(name, entry.code, entry.message);
    const { kind, der } = entry.signer;
    if (identity.kind === 'key' && !(kind === 'key' && der.equals(identity.key.spki))) {
      return fail(name, 'sigstore.log_mismatch', 'the log entry names another key than the trusted one');
    }
    return pass(name, `it was logged at ${entry.log}`);
  });
}

function judgeTime({ identity }: SigstoreTrust, { entries, timestamps, times }: Proofs): Check[] {
  const name = 'signing-time';
  const failures = timestamps.flatMap((each) =>
    'code' in each ? [fail(name, each.code, each.message)] : [],
  );
  if (failures.length > 0) return failures;
  const [first] = times;
  if (first !== undefined) return [pass(name, `it was signed at ${first.toISOString()}`)];
  // A key does not expire, so its signatures need no time.
  if (identity.kind === 'key') return [];
  // An entry that does not hold might have told the time; that has been said already, and decides.
  if (entries.some((entry) => 'code' in entry)) return [];
  // Never at the current time, as cosign does it where nothing tells: whoever came by the key of a certificate could
  // sign with it for as long as it lives, and the verdict would change by itself when it ends.
  const message = 'neither a log nor a timestamp authority says when it was signed';
  return [fail(name, 'sigstore.timestamp_missing', message)];
}
