import { clean } from '../base/text.ts';
import { type Blocked, blockedKey } from './blocked.ts';
import { type Check, fail, pass } from './check.ts';
import { checkSignature, notGood } from './check-signature.ts';
import type { SigstoreKey } from './key.ts';
import type { ReadSignature } from './read-signature.ts';

/** @returns `isBy`: the signature is by this key, whatever else may be wrong with it */
export function judgeKey(
  signature: ReadSignature,
  key: SigstoreKey,
  blocked: Blocked,
): { checks: Check[]; isBy: boolean } {
  const { signer } = signature;
  const name = `${key.algorithm} ${key.fingerprint}`;
  // As in cosign, a certificate is not looked through for the key that it is for.
  if (signer.kind === 'certificate') {
    const message = `it is by the key of a certificate, not by ${name}`;
    return { checks: [fail('signer', 'sigstore.untrusted_key', message)], isBy: false };
  }
  const result = checkSignature(signature, key.keyObject);
  if (result === 'good') {
    const checks = [
      ...blockedKey(key.fingerprint, blocked),
      pass('signer', `it is by the trusted key ${key.fingerprint}`, 'sigstore.trusted_signer'),
      pass('signature', 'the signature fits what it signs', 'sigstore.signature_good'),
    ];
    return { checks, isBy: true };
  }
  // A bundle names its key (protobuf-specs: PublicKeyIdentifier). The name proves nothing and is ignored when the
  // signature fits; here it tells a signature by another key from one that was altered.
  if (result === 'bad' && signer.hint !== key.hint) {
    const by = signer.hint === undefined ? 'it is not' : `it is by the key ${clean(signer.hint)}, not`;
    const message = `${by} by ${name}, or was altered`;
    return { checks: [fail('signer', 'sigstore.untrusted_key', message)], isBy: false };
  }
  return { checks: [notGood(result)], isBy: false };
}
