import { ChartsealError } from '../base/error.ts';
import { globToMatcher } from '../base/glob.ts';
import { clean } from '../base/text.ts';
import { type Blocked, blockedIdentity, blockedKey } from './blocked.ts';
import { type Check, fail, info, pass } from './check.ts';
import { checkSignature, notGood } from './check-signature.ts';
import { extensionName } from './extensions.ts';
import type { Leaf } from './read-leaf.ts';
import type { ReadSignature } from './read-signature.ts';
import type { SigstoreTrust } from './trust.ts';
import type { Proofs } from './verify-proofs.ts';

/** @returns `by`: the certificate, where it is good and the signature is by its key, whoever that is */
export function judgeKeyless(
  signature: ReadSignature,
  trust: SigstoreTrust,
  proofs: Proofs | undefined,
  blocked: Blocked,
): { checks: Check[]; by: Leaf | undefined } {
  const { signer } = signature;
  if (signer.kind === 'key') {
    const message = 'it is by a key without a certificate, so nothing says whose it is';
    return { checks: [fail('signer', 'sigstore.certificate_missing', message)], by: undefined };
  }
  const { leaf } = signer;
  if (leaf instanceof ChartsealError) {
    return { checks: [fail('certificate', leaf.code, leaf.message)], by: undefined };
  }
  const result = checkSignature(signature, leaf.key);
  const isGood = result === 'good';
  const checks = [
    ...blockedIdentity(leaf.issuer, leaf.subject, blocked),
    ...blockedKey(leaf.fingerprint, blocked),
    ...judgeIdentity(leaf, trust),
    isGood
      ? pass('signature', 'the signature fits what it signs', 'sigstore.signature_good')
      : notGood(result),
    ...judgeCertificate(trust, proofs),
  ];
  return { checks, by: isGood && proofs !== undefined && proofs.certificate === 'good' ? leaf : undefined };
}

function judgeIdentity({ subject, issuer, extensions }: Leaf, { identity }: SigstoreTrust): Check[] {
  if (identity.kind !== 'keyless') return [];
  const wanted = identity.subjects.map((glob) => clean(glob)).join(', ');
  const checks = [
    identity.subjects.some((glob) => globToMatcher(glob)(subject))
      ? pass('identity', `it is by ${clean(subject)}`)
      : fail(
          'identity',
          'sigstore.identity_mismatch',
          `it is by ${clean(subject)}, and ${wanted} is trusted`,
        ),
    globToMatcher(identity.issuer)(issuer)
      ? pass('issuer', `${clean(issuer)} vouches for it`)
      : fail(
          'issuer',
          'sigstore.issuer_mismatch',
          `${clean(issuer)} vouches for it, and ${clean(identity.issuer)} is trusted`,
        ),
  ];
  for (const [name, glob] of identity.extensions) {
    const known = extensionName(name);
    const value = known === undefined ? undefined : extensions[known];
    if (value !== undefined && globToMatcher(glob)(value)) {
      checks.push(pass('extensions', `${clean(name)} is ${clean(value)}`));
      continue;
    }
    const found = value === undefined ? 'is not there' : `is ${clean(value)}`;
    const message = `${clean(name)} ${found}, and ${clean(glob)} is asked for`;
    checks.push(fail('extensions', 'sigstore.extension_mismatch', message));
  }
  return checks;
}

function judgeCertificate({ certificateTransparency }: SigstoreTrust, proofs: Proofs | undefined): Check[] {
  // Keyless without a root is refused when the configuration is read; here it trusts nobody.
  if (proofs === undefined) {
    return [fail('certificate', 'sigstore.certificate_invalid', 'the trust entry has no trusted root')];
  }
  const { certificate, certificateLog } = proofs;
  // Without a trusted time nothing is said of the certificate; judge-proofs.ts says why, and it does not hold.
  if (certificate === 'not-judged') return [];
  if (certificate !== 'good') return [fail('certificate', certificate.code, certificate.message)];
  const good = 'an authority of the trusted root issued the certificate, and it was valid when it signed';
  return [
    pass('certificate', good),
    judgeCertificateLog(certificateLog, certificateTransparency === 'required'),
  ];
}

function judgeCertificateLog(certificateLog: Proofs['certificateLog'], isRequired: boolean): Check {
  const name = 'certificate-transparency';
  switch (certificateLog) {
    case 'logged':
      return pass(name, 'the certificate was logged');
    case 'missing':
    case 'not-judged': {
      const message = 'the certificate has no signed timestamp of a certificate log';
      return isRequired ? fail(name, 'sigstore.sct_missing', message) : info(name, message);
    }
    // Where no log is asked for and the root names none, there is nothing that a timestamp could be held against.
    case 'no-logs': {
      const message = 'the trusted root names no certificate log that could vouch for the certificate';
      return isRequired ? fail(name, 'sigstore.sct_invalid', message) : info(name, message);
    }
    default:
      return fail(name, certificateLog.code, certificateLog.message);
  }
}
