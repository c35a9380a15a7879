import type { Signer } from '../base/evidence.ts';

/** Who signed, for people; foreign text in it is not cleaned. `also` names what else is known of them. */
export function describeSigner(signer: Signer | undefined): { who: string; also: string[] } {
  if (signer?.subject !== undefined) {
    const issuer = signer.issuer === undefined ? [] : [`by the word of ${signer.issuer}`];
    return { who: signer.subject, also: issuer };
  }
  return { who: signer?.fingerprint ?? signer?.keyId ?? 'unknown key', also: signer?.userIds ?? [] };
}
