import { Buffer } from 'node:buffer';
import type { KeyObject } from 'node:crypto';
import { X509Certificate } from '@sigstore/core';
import { ChartsealError } from '../../base/error.ts';
import { readPem } from '../../base/read-pem.ts';
import { writePem } from '../../base/write-pem.ts';
import { askService, type ServiceAccess, type ServiceAnswer } from './ask-service.ts';
import { answerJson, fieldAt, objectAt, refusal, saying, unlike } from './read-answer.ts';
import type { SigningKey } from './signing-key.ts';

/** A certificate for one signature, and what it says of the one who signs. */
export interface SigningCertificate {
  /** DER. */
  leaf: Buffer;
  leafPem: string;
  /** The certificates above it, up to the root, PEM, as the authority sent them; empty if it sent none. */
  chainPem: string;
  /** The subject alternative name. */
  subject: string | undefined;
  /** The OIDC issuer that the authority saw. */
  issuer: string | undefined;
}

/** What a certificate is asked with. */
interface CertificateRequest {
  /** Base URL. */
  url: string;
  /** Goes to the authority and nowhere else. */
  identityToken: string;
  /** Of the token: what is signed to prove that the key is there. */
  subject: string;
  key: Pick<SigningKey, 'publicPem' | 'public' | 'sign'>;
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

const TIMEOUT_MS = 30_000;
const MAX_ANSWER = 128 * 1024;

/**
 * Asks a Fulcio (its interface of version 2, fulcio:fulcio.proto) for a certificate of an ECDSA key.
 *
 * Whether the certificate is a good one is shown when the bundle is verified; here it must only be of this key.
 * @throws ChartsealError sign.identity_refused (400, 401, 403), sign.service_unavailable (retryable), sign.service_refused. No
 *   part of the token is in them
 */
export async function requestCertificate(
  access: ServiceAccess,
  request: CertificateRequest,
): Promise<SigningCertificate> {
  const { url, identityToken, key, signal } = request;
  const what = `the certificate authority ${new URL(url).host}`;
  const proof = await key.sign(new TextEncoder().encode(request.subject), signal);
  const answer = await askService(access, {
    what,
    method: 'POST',
    url: `${url}/api/v2/signingCert`,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({
      credentials: { oidcIdentityToken: identityToken },
      publicKeyRequest: {
        publicKey: { algorithm: 'ECDSA', content: key.publicPem },
        proofOfPossession: Buffer.from(proof).toString('base64'),
      },
    }),
    timeoutMs: request.timeoutMs ?? TIMEOUT_MS,
    maxBytes: MAX_ANSWER,
    signal,
  });
  const secrets = [identityToken];
  if (answer.status === 400 || answer.status === 401 || answer.status === 403) {
    throw new ChartsealError('sign.identity_refused', saying(what, answer, secrets));
  }
  if (answer.status !== 200 && answer.status !== 201) throw refusal(what, answer, secrets);
  return readChain(what, answer, key.public.keyObject);
}

function readChain(what: string, answer: ServiceAnswer, key: KeyObject): SigningCertificate {
  const json = answerJson(what, answer);
  // With the proof of the certificate log in the certificate, or beside it (also where there is no such log).
  const signed =
    objectAt(json, 'signedCertificateEmbeddedSct') ?? objectAt(json, 'signedCertificateDetachedSct');
  const certificates = fieldAt(objectAt(signed, 'chain'), 'certificates');
  const pems = Array.isArray(certificates) ? certificates.filter((one) => typeof one === 'string') : [];
  const blocks = readPem(pems.join('\n'));
  const [leaf, ...chain] = blocks ?? [];
  if (leaf === undefined || blocks?.some(({ label }) => label !== 'CERTIFICATE')) {
    throw unlike(what, 'no certificate');
  }
  let certificate: X509Certificate;
  let own: boolean;
  try {
    certificate = X509Certificate.parse(leaf.der);
    own = certificate.publicKey.equals(key.export({ type: 'spki', format: 'der' }));
  } catch {
    throw unlike(what, 'no certificate that can be read');
  }
  if (!own) throw unlike(what, 'a certificate of another key');
  return {
    leaf: leaf.der,
    leafPem: writePem('CERTIFICATE', leaf.der),
    chainPem: chain.map(({ der }) => writePem('CERTIFICATE', der)).join(''),
    ...identityOf(certificate),
  };
}

// fulcio:docs/oid-info.md: the issuer as DER UTF8String; before 2022 as plain text.
const ISSUER = '1.3.6.1.4.1.57264.1.8';
const ISSUER_V1 = '1.3.6.1.4.1.57264.1.1';

function identityOf(certificate: X509Certificate): Pick<SigningCertificate, 'subject' | 'issuer'> {
  try {
    const issuer =
      certificate.extension(ISSUER)?.valueObj.subs[0]?.value ?? certificate.extension(ISSUER_V1)?.value;
    return { subject: certificate.subjectAltName, issuer: issuer?.toString() };
  } catch {
    // For reports only.
    return { subject: undefined, issuer: undefined };
  }
}
