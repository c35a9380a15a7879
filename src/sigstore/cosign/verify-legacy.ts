import { Buffer } from 'node:buffer';
import type { KeyObject } from 'node:crypto';
import { isBase64 } from '../../base/is-base64.ts';
import { createReadOnce } from '../../base/read-once.ts';
import type { Digest } from '../log/verify-bytes.ts';
import type { SignatureItem } from '../signature-item.ts';
import { findChain } from './find-chain.ts';
import { type CosignFlags, WORKFLOW_FIELDS } from './flags.ts';
import { keyFacts } from './key-facts.ts';
import type { LeafCertificate } from './read-certificate.ts';
import { type GoType, readGoJson } from './read-go-json.ts';
import { type LegacySignature, readLegacy } from './read-legacy.ts';
import { Refusal, Unknowable, within } from './refusal.ts';
import { requireAnnotations } from './require-annotations.ts';
import { requireSct } from './require-sct.ts';
import { isPair, isSequence, verifyAsGo } from './verify-as-go.ts';
import type { CosignRun } from './verify-bundle.ts';
import { verifyPromise } from './verify-promise.ts';
import { verifyTimestamps } from './verify-timestamps.ts';

/**
 * Would `cosign verify` take this layer of a `.sig` manifest for a signature (cosign:pkg/cosign/verify.go verifyInternal)?
 * @throws Refusal
 * @throws Unknowable where cosign would ask Rekor
 */
export function verifyLegacyAsCosign(item: SignatureItem, run: CosignRun): void {
  const { flags } = run;
  const signature = readLayer(item);
  const { certificate } = signature;
  const times: KnownTime[] = [];
  if (flags.useSignedTimestamps && signature.timestamp !== undefined) {
    const { timestamp } = signature;
    const time = within('unable to verify RFC3161 timestamp bundle', () => timeOf(timestamp, signature, run));
    times.push({ time, from: 'timestamp' });
  }
  if (!flags.ignoreTlog) times.push({ time: promisedTime(signature, run), from: 'bundle' });
  const verifier =
    run.key === undefined ? certified(certificate, run) : { key: run.key, digest: flags.digest };
  verifySignature(verifier.key, verifier.digest, signature.payload, decode(signature.signature));
  verifyClaims(signature.payload, run);
  if (certificate === undefined) return;
  const authorities = run.material.certificateAuthorities;
  const chain =
    run.key === undefined ? findChain(certificate, certificate.notBefore, authorities) : undefined;
  checkExpiry(certificate, chain ?? [], times, run);
}

const readLayer = createReadOnce(readLegacy);

/** When it was signed, and what says so. */
interface KnownTime {
  /** Milliseconds since the epoch. */
  time: number;
  from: 'timestamp' | 'bundle';
}

function decode(base64: string): Buffer {
  const text = base64.replace(/[\r\n]/g, '');
  if (isBase64(text)) return Buffer.from(text, 'base64');
  throw new Refusal('illegal base64 data');
}

// cosign VerifyRFC3161Timestamp: over the signature, or over the payload where there is none.
function timeOf(
  timestamp: Uint8Array,
  { signature, payload }: LegacySignature,
  { material }: CosignRun,
): number {
  const stamped = signature === '' ? payload : decode(signature);
  const { times } = verifyTimestamps([timestamp], stamped, material.timestampAuthorities);
  if (times[0] === undefined) throw new Refusal('expected at least one verified timestamp');
  return times[0];
}

function promisedTime(signature: LegacySignature, run: CosignRun): number {
  const { promise } = signature;
  if (promise !== undefined) {
    return within('error verifying bundle', () => verifyPromise(signature, promise, run));
  }
  if (run.flags.offline) throw new Refusal('offline verification failed');
  throw new Unknowable('cosign would ask Rekor for the signature');
}

// cosign ValidateAndUnpackCertWithIntermediates, CheckCertificatePolicy; always SHA-256
function certified(
  certificate: LeafCertificate | undefined,
  { flags, material }: CosignRun,
): { key: KeyObject; digest: Digest } {
  if (certificate === undefined) throw new Refusal('no certificate found on signature');
  const chain = findChain(certificate, certificate.notBefore, material.certificateAuthorities);
  if (chain === undefined) throw new Refusal('leaf certificate verification failed');
  checkIdentity(certificate, flags);
  if (!flags.ignoreSct) {
    if (certificate.x509.extSCT === undefined) {
      throw new Refusal('certificate does not include required embedded SCT and no detached SCT was set');
    }
    requireSct(certificate, chain, material.ctlogs);
  }
  return { key: certificate.publicKey, digest: 'sha256' };
}

const WORKFLOW_NAMES = {
  GithubWorkflowTrigger: 'Trigger',
  GithubWorkflowSHA: 'SHA',
  GithubWorkflowName: 'Name',
  GithubWorkflowRepository: 'Repository',
  GithubWorkflowRef: 'Ref',
} as const;

function checkIdentity(certificate: LeafCertificate, { identity }: CosignFlags): void {
  if (identity === undefined) return;
  for (const field of WORKFLOW_FIELDS) {
    const expected = identity.workflow[field];
    if (expected !== undefined && expected !== (certificate.workflow[field] ?? '')) {
      throw new Refusal(`expected GitHub Workflow ${WORKFLOW_NAMES[field]} not found in certificate`);
    }
  }
  const { names, issuer } = certificate;
  if (identity.issuer.matches(issuer) && names.some((name) => identity.subject.matches(name))) return;
  throw new Refusal(
    `none of the expected identities matched what was in the certificate, got subjects [${names.join(', ')}] with issuer ${issuer}`,
  );
}

// sigstore:pkg/signature/{ecdsa,rsapkcs1v15,ed25519}.go
function verifySignature(key: KeyObject, digest: Digest, payload: Uint8Array, signature: Uint8Array): void {
  if (verifyAsGo(key, digest, payload, signature)) return;
  const kind = keyFacts(key)?.kind;
  if (kind === 'rsa') throw new Refusal('crypto/rsa: verification error');
  if (kind === 'ed25519') throw new Refusal('failed to verify signature');
  if (isSequence(signature)) throw new Refusal('invalid signature when validating ASN.1 encoded signature');
  throw new Refusal(
    isPair(signature)
      ? 'invalid signature when validating IEEE_P1363 encoded signature'
      : 'ecdsa: Invalid IEEE_P1363 encoded bytes',
  );
}

// sigstore:pkg/signature/payload/payload.go
const PAYLOAD: GoType = {
  critical: {
    identity: { 'docker-reference': 'string' },
    image: { 'docker-manifest-digest': 'string' },
    type: 'string',
  },
  optional: 'map',
};

const readPayload = createReadOnce((bytes: Uint8Array) =>
  readGoJson(new TextDecoder().decode(bytes), PAYLOAD),
);

// cosign:pkg/cosign/verifiers.go SimpleClaimVerifier
function verifyClaims(bytes: Uint8Array, { digest, flags }: CosignRun): void {
  const payload = readPayload(bytes);
  const found = payload?.critical?.image?.['docker-manifest-digest'] ?? '';
  if (found !== `sha256:${digest}`) throw new Refusal(`invalid or missing digest in claim: ${found}`);
  requireAnnotations(flags.annotations, payload.optional);
}

type Chain = NonNullable<ReturnType<typeof findChain>>;

// cosign CheckExpiry, in the words of verifyInternal; without a time, the present one.
function checkExpiry(certificate: LeafCertificate, chain: Chain, times: KnownTime[], run: CosignRun): void {
  for (const { time, from } of times) {
    const why = outsideOf(certificate, chain, time);
    if (why !== undefined) throw new Refusal(`checking expiry on certificate with ${from}: ${why}`);
  }
  const why = times.length > 0 ? undefined : outsideOf(certificate, chain, run.now);
  if (why !== undefined) throw new Refusal('expected a signed timestamp to verify an expired certificate');
}

function outsideOf({ notBefore, notAfter }: LeafCertificate, chain: Chain, time: number): string | undefined {
  const shown = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z');
  if (notAfter < time) {
    return `certificate expired before observed time: ${shown(notAfter)} is before ${shown(time)}`;
  }
  if (notBefore > time) {
    return `certificate was issued after observed time: ${shown(notBefore)} is after ${shown(time)}`;
  }
  for (const issuer of chain.slice(1)) {
    if (issuer.notAfter.getTime() < time) {
      return `issuing CA certificate expired before observed time: ${shown(issuer.notAfter.getTime())} is before ${shown(time)}`;
    }
    if (issuer.notBefore.getTime() > time) {
      return `issuing CA certificate was issued after observed time: ${shown(issuer.notBefore.getTime())} is after ${shown(time)}`;
    }
  }
  return undefined;
}
