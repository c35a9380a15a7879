import { VerificationError } from '@sigstore/verify';
import type { Code } from '../base/codes.ts';
import { askForCertificate } from './ask-library.ts';
import { endsInRoot } from './ends-in-root.ts';
import { type Failure, wordsOf } from './failure.ts';
import type { Certificate } from './parse-certificate.ts';
import type { TrustedRoot } from './trusted-root.ts';

export interface VerifiedCertificate {
  /** Issued by an authority of the root and valid, at every time. */
  certificate: Failure | 'good';
  /** Was it logged? `no-logs`: it says so, and the root names no certificate log to hold that against. */
  certificateLog: Failure | 'logged' | 'missing' | 'no-logs' | 'not-judged';
}

/**
 * Did an authority that the root trusts issue a certificate, and was it valid when it signed?
 * @param times verified times of signing, at least one
 */
export function verifyCertificate(
  certificate: Certificate,
  times: readonly Date[],
  { material }: TrustedRoot,
): VerifiedCertificate {
  try {
    const outside = times.find((time) => !certificate.validForDate(time));
    if (outside !== undefined) {
      const [from, to] = [certificate.notBefore, certificate.notAfter].map((time) => time.toISOString());
      const message = `the certificate was valid from ${from} to ${to}, and it signed at ${outside.toISOString()}`;
      return failed('sigstore.certificate_expired', message);
    }
    askForCertificate(material, certificate, [
      ...new Set(times.map((time) => Math.floor(time.getTime() / 1000))),
    ]);
    return { certificate: 'good', certificateLog: 'logged' };
  } catch (error) {
    // The library judges the chain first, and what certificate logs say only after it.
    if (error instanceof VerificationError && /\bSCTs?\b/.test(error.message)) {
      return { certificate: 'good', certificateLog: judgeLog(error.message, material.ctlogs.length) };
    }
    const message = `no authority of the trusted root issued the certificate: ${wordsOf(error)}`;
    return failed('sigstore.certificate_invalid', `${message}${withoutRoot(material)}`);
  }
}

// That is not the certificate's fault, and nothing else would tell.
function withoutRoot({ certificateAuthorities }: TrustedRoot['material']): string {
  const at = certificateAuthorities.findIndex(({ certChain }) => !endsInRoot(certChain));
  return at < 0
    ? ''
    : `; certificateAuthorities[${at}] in it ends in no root certificate, so it vouches for none`;
}

function judgeLog(message: string, logs: number): VerifiedCertificate['certificateLog'] {
  if (/got 0$/.test(message)) return 'missing';
  if (logs === 0) return 'no-logs';
  const why = 'the certificate has a timestamp that is not by a certificate log of the trusted root';
  return { code: 'sigstore.sct_invalid', message: why };
}

function failed(code: Code, message: string): VerifiedCertificate {
  return { certificate: { code, message }, certificateLog: 'not-judged' };
}
