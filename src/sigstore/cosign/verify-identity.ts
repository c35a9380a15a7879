import { type CosignIdentity, WORKFLOW_FIELDS } from './flags.ts';
import type { LeafCertificate } from './read-certificate.ts';
import { Refusal } from './refusal.ts';

/** sigstore-go:pkg/verify/certificate_identity.go
 * @throws Refusal unless the certificate is that of the identity asked for */
export function verifyIdentity(
  certificate: LeafCertificate,
  { subject, issuer, workflow }: CosignIdentity,
): void {
  const failed = 'failed to verify certificate identity: no matching CertificateIdentity found, last error';
  for (const [what, flag, value] of [
    ['SAN', subject, certificate.name ?? ''],
    ['issuer', issuer, certificate.issuer],
  ] as const) {
    if (flag.matches(value)) continue;
    throw new Refusal(
      flag.regexp
        ? `${failed}: expected ${what} value to match regex "${flag.shown}", got "${value}"`
        : `${failed}: expected ${what} value "${flag.shown}", got "${value}"`,
    );
  }
  for (const field of WORKFLOW_FIELDS) {
    const [expected, actual] = [workflow[field], certificate.workflow[field] ?? ''];
    if (expected !== undefined && expected !== actual) {
      throw new Refusal(`${failed}: expected ${field} to be "${expected}", got "${actual}"`);
    }
  }
}
