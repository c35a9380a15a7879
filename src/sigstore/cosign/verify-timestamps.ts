import { Buffer } from 'node:buffer';
import { createPublicKey } from 'node:crypto';
import { type ASN1Obj, RFC3161Timestamp, type X509Certificate } from '@sigstore/core';
import { createReadOnce } from '../../base/read-once.ts';
import { MAX_DER_BYTES } from '../limits.ts';
import { parseCertificate } from '../parse-certificate.ts';
import { parseDer } from '../parse-der.ts';
import type { CertAuthority } from './material.ts';
import { joinErrors, Refusal, Unknowable } from './refusal.ts';
import { extendedKeyUsages, verifyChain } from './verify-chain.ts';

const MAX_TIMESTAMPS = 32;
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const EXTENDED_KEY_USAGE = '2.5.29.37';

/**
 * The times of those RFC 3161 timestamps over a signature that an authority of the trusted root made (sigstore-go:
 * pkg/verify/tsa.go VerifySignedTimestamp); what is wrong with the others comes beside them.
 * @returns milliseconds since the epoch
 * @throws Refusal for too many of them
 * @throws Unknowable for one that is larger than any that is read here, or of another kind
 */
export function verifyTimestamps(
  tokens: readonly Uint8Array[],
  signature: Uint8Array,
  authorities: readonly CertAuthority[],
): { times: number[]; errors: string[] } {
  if (tokens.length > MAX_TIMESTAMPS) {
    throw new Refusal(`too many signed timestamps: ${tokens.length} > ${MAX_TIMESTAMPS}`);
  }
  const times: number[] = [];
  const errors: string[] = [];
  for (const token of tokens) {
    const failures: string[] = [];
    const time = authorities
      .map((authority) => {
        try {
          return verifyOne(token, signature, authority);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          failures.push(error.message);
          return undefined;
        }
      })
      .find((one) => one !== undefined);
    if (time !== undefined) times.push(time);
    else errors.push(`unable to verify signed timestamps: ${joinErrors(failures)}`);
  }
  return { times, errors };
}

// sigstore-go:pkg/root/timestamping_authority.go Verify, timestamp-authority:pkg/verification/verify.go
function verifyOne(der: Uint8Array, signature: Uint8Array, { certChain, validFor }: CertAuthority): number {
  const root = certChain.at(-1);
  const first = certChain[0];
  const own = first !== undefined && !first.isCA ? first : undefined;
  if (root === undefined || root === own) {
    throw new Refusal('timestamping authority root certificate is nil');
  }
  const { token, time, embedded } = readToken(der);
  const signer = findSigner(token, embedded, own);
  // cosign looks at the signature first, and refuses either way.
  if (own !== undefined && !own.equals(signer)) {
    throw new Refusal('certificate embedded in the TSR does not match the provided TSA certificate');
  }
  verifySignature(token, signature, signer);
  const intermediates = [...certChain.slice(own === undefined ? 0 : 1, -1), ...embedded];
  const chain = verifyChain({ leaf: signer, root, intermediates, at: time, purpose: 'timeStamping' });
  if (chain === undefined) {
    throw new Refusal(
      'error while verifying signer certificate chain: x509: certificate signed by unknown authority',
    );
  }
  verifyLeaf(signer);
  if (time < validFor.start.getTime()) throw new Refusal('timestamp is before the validity period start');
  if (time > validFor.end.getTime()) throw new Refusal('timestamp is after the validity period end');
  return time;
}

// Of one token, whatever authority it is held against.
const readToken = createReadOnce(parse);

function parse(der: Uint8Array): { token: RFC3161Timestamp; time: number; embedded: X509Certificate[] } {
  if (der.length > MAX_DER_BYTES) throw new Unknowable('a timestamp that is too large to be looked at');
  try {
    const token = new RFC3161Timestamp(parseDer(Uint8Array.from(der)));
    // Status 0 is "granted"; RFC 3161 also has 1, "with modifications", which cosign's library takes for an error.
    if (token.status !== 0n) throw new Error('not granted');
    const signedData = token.root.subs[1]?.subs.find((one) => one.tag.isContextSpecific(0))?.subs[0];
    const certificates = signedData?.subs.find((one) => one.tag.isContextSpecific(0))?.subs ?? [];
    const embedded = certificates.map((one: ASN1Obj) => parseCertificate(one.toDER()));
    const time = token.signingTime.getTime();
    if (Number.isNaN(time)) throw new Error('no time');
    return { token, time, embedded };
  } catch {
    throw new Refusal('error parsing response into Timestamp: asn1: structure error');
  }
}

function findSigner(
  token: RFC3161Timestamp,
  embedded: X509Certificate[],
  own: X509Certificate | undefined,
): X509Certificate {
  const none = 'pkcs7: No certificate for signer';
  const candidates = embedded.length > 0 ? embedded : own === undefined ? [] : [own];
  if (candidates.length === 0) {
    throw new Refusal('leaf certificate must be present in the TSR or as a verify option');
  }
  const signer = candidates.find(
    (one) => one.issuer.equals(token.signerIssuer) && one.serialNumber.equals(token.signerSerialNumber),
  );
  if (signer !== undefined) return signer;
  const step =
    embedded.length > 0 ? 'error parsing response into Timestamp' : 'error while verifying signature';
  throw new Refusal(`${step}: ${none}`);
}

function verifySignature(token: RFC3161Timestamp, signature: Uint8Array, signer: X509Certificate): void {
  const key = createPublicKey({ key: signer.publicKey, format: 'der', type: 'spki' });
  // @sigstore/core reads the algorithms of ECDSA alone.
  if (key.asymmetricKeyType !== 'ec') throw new Unknowable('a timestamp that is not signed with ECDSA');
  try {
    token.verify(Buffer.from(signature), key);
  } catch (error) {
    const why = error instanceof Error ? error.message : '';
    if (why.includes('message imprint')) throw new Refusal("hashed messages don't match");
    throw new Refusal('error while verifying signature: x509: ECDSA verification failure');
  }
}

function verifyLeaf(leaf: X509Certificate): void {
  const failed = 'failed to verify TSA certificate';
  if (leaf.isCA) {
    throw new Refusal(`${failed}: TSA certificate must be an end-entity certificate, not a CA`);
  }
  if (leaf.extension(EXTENDED_KEY_USAGE)?.critical !== true) {
    throw new Refusal(`${failed}: certificate must set EKU to critical`);
  }
  const usages = extendedKeyUsages(leaf);
  if (usages.length !== 1 || usages[0] !== TIME_STAMPING) {
    throw new Refusal(
      'failed to verify EKU on leaf certificate: failed to verify EKU on leaf certificate: leaf certificate EKU is not set to TimeStamping as required',
    );
  }
}
