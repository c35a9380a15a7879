import type { X509Certificate } from '@sigstore/core';
import { parseDer } from '../parse-der.ts';

/** What a certificate must be good for: code signing, or time stamping. */
type Purpose = 'codeSigning' | 'timeStamping';

const PURPOSES = { codeSigning: '1.3.6.1.5.5.7.3.3', timeStamping: '1.3.6.1.5.5.7.3.8' } as const;
const ANY_PURPOSE = '2.5.29.37.0';
const EXTENDED_KEY_USAGE = '2.5.29.37';
// What Go's crypto/x509 reads, and the subject alternative name, which sigstore reads itself.
const UNDERSTOOD = /^2\.5\.29\.(?:14|15|17|19|30|31|32|35|36|37|54)$|^1\.3\.6\.1\.5\.5\.7\.1\.1$/;
const MAX_INTERMEDIATES = 16;
/** Signatures that are checked for one path: certificates can be made that vouch for each other in any order. */
const MAX_CHECKS = 24;

interface ChainQuestion {
  leaf: X509Certificate;
  /** From the trusted root. */
  root: X509Certificate;
  intermediates: readonly X509Certificate[];
  /** Milliseconds since the epoch. */
  at: number;
  purpose: Purpose;
}

/**
 * A path from a certificate to a root at a time, as Go's crypto/x509 finds it: names, signatures, basic constraints, path
 * lengths, validity and extended key usages. (Name constraints are not looked at: no authority of sigstore has any.)
 * @returns the path, from the leaf to the root; undefined when there is none
 */
export function verifyChain(question: ChainQuestion): X509Certificate[] | undefined {
  if (question.intermediates.length > MAX_INTERMEDIATES) return undefined;
  try {
    return extend([question.leaf], { ...question, left: MAX_CHECKS });
  } catch {
    return undefined;
  }
}

interface Search extends ChainQuestion {
  /** Signatures that may still be checked. */
  left: number;
}

function extend(path: X509Certificate[], question: Search): X509Certificate[] | undefined {
  const child = path.at(-1)!;
  if (!child.validForDate(new Date(question.at)) || hasUnknownCritical(child)) return undefined;
  if (isIssuer(question, question.root, child, path.length)) {
    const whole = [...path, question.root];
    const valid = question.root.validForDate(new Date(question.at)) && !hasUnknownCritical(question.root);
    if (valid && servesPurpose(whole, PURPOSES[question.purpose])) return whole;
  }
  for (const candidate of question.intermediates) {
    if (path.some((one) => one.equals(candidate)) || !isIssuer(question, candidate, child, path.length))
      continue;
    const found = extend([...path, candidate], question);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @param below how many certificates stand below the issuer, the leaf among them */
function isIssuer(search: Search, issuer: X509Certificate, child: X509Certificate, below: number): boolean {
  if (!issuer.subject.equals(child.issuer) || !issuer.isCA) return false;
  const most = issuer.extBasicConstraints?.pathLenConstraint;
  if (most !== undefined && BigInt(below - 1) > most) return false;
  return search.left-- > 0 && child.verify(issuer);
}

function hasUnknownCritical(certificate: X509Certificate): boolean {
  return certificate.extensions.some(
    ({ subs }) =>
      subs.length === 3 && subs[1]?.toBoolean() === true && !UNDERSTOOD.test(subs[0]?.toOID() ?? ''),
  );
}

// crypto/x509 checkChainForKeyUsage: whoever names usages must name this one; who names none allows all.
function servesPurpose(path: X509Certificate[], purpose: string): boolean {
  return path.every((certificate) => {
    const usages = extendedKeyUsages(certificate);
    return usages.length === 0 || usages.includes(purpose) || usages.includes(ANY_PURPOSE);
  });
}

/** OIDs of the extended key usages of a certificate; empty when it names none. */
export function extendedKeyUsages(certificate: X509Certificate): string[] {
  const value = certificate.extension(EXTENDED_KEY_USAGE)?.value;
  if (value === undefined) return [];
  return parseDer(Uint8Array.from(value)).subs.map((one) => one.toOID());
}
