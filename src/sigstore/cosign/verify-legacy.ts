import { Buffer } from 'node:buffer';
import { createHash, type KeyObject } from 'node:crypto';
import { type Digest, verifyBytes } from '../log/verify-bytes.ts';
import { verifySet } from '../log/verify-set.ts';
import type { SignatureItem } from '../signature-item.ts';
import { findChain } from './find-chain.ts';
import { type CosignFlags, WORKFLOW_FIELDS } from './flags.ts';
import { keyFacts } from './key-facts.ts';
import { type LeafCertificate, readCertificate } from './read-certificate.ts';
import { readLogBody } from './read-log-body.ts';
import { Refusal, Unknowable, within } from './refusal.ts';
import { requireAnnotations } from './require-annotations.ts';
import { requireSct } from './require-sct.ts';
import type { CosignRun } from './verify-bundle.ts';
import { verifyTimestamps } from './verify-timestamps.ts';

const SIGNATURE = 'dev.cosignproject.cosign/signature';
const CERTIFICATE = 'dev.sigstore.cosign/certificate';
const BUNDLE = 'dev.sigstore.cosign/bundle';
const TIMESTAMP = 'dev.sigstore.cosign/rfc3161timestamp';

/**
 * Would `cosign verify` take this layer of a `.sig` manifest for a signature (cosign:pkg/cosign/verify.go verifyInternal)?
 * @throws Refusal
 * @throws Unknowable where cosign would ask Rekor
 */
export function verifyLegacyAsCosign({ bytes, annotations }: SignatureItem, run: CosignRun): void {
  const { flags } = run;
  const authorities = run.material.certificateAuthorities;
  const certificate = readLeaf(annotations[CERTIFICATE]);
  const times: KnownTime[] = [];
  if (flags.useSignedTimestamps) {
    const time = within('unable to verify RFC3161 timestamp bundle', () =>
      timestampOf(bytes, annotations, run),
    );
    if (time !== undefined) times.push({ time, from: 'timestamp' });
  }
  if (!flags.ignoreTlog) {
    times.push({ time: promisedTime(bytes, annotations, certificate, run), from: 'bundle' });
  }
  const verifier =
    run.key === undefined ? certified(certificate, run) : { key: run.key, digest: flags.digest };
  verifySignature(verifier.key, verifier.digest, bytes, signatureOf(bytes, annotations));
  verifyClaims(bytes, run);
  if (certificate === undefined) return;
  const chain =
    run.key === undefined ? findChain(certificate, certificate.notBefore, authorities) : undefined;
  checkExpiry(certificate, chain ?? [], times, run);
}

/** When it was signed, and what says so. */
interface KnownTime {
  /** Milliseconds since the epoch. */
  time: number;
  from: 'timestamp' | 'bundle';
}

function base64Of(bytes: Uint8Array, annotations: SignatureItem['annotations']): string {
  const text = annotations[SIGNATURE];
  if (text !== undefined) return text;
  const digest = createHash('sha256').update(bytes).digest('hex');
  throw new Refusal(`signature layer sha256:${digest} is missing "${SIGNATURE}" annotation`);
}

function signatureOf(bytes: Uint8Array, annotations: SignatureItem['annotations']): Buffer {
  const text = base64Of(bytes, annotations).replace(/[\r\n]/g, '');
  if (/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    return Buffer.from(text, 'base64');
  }
  throw new Refusal('illegal base64 data');
}

function readLeaf(pem: string | undefined): LeafCertificate | undefined {
  const match = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/.exec(pem ?? '');
  if (match !== null) return readCertificate(Buffer.from(match[1] ?? '', 'base64'));
  if (pem) throw new Unknowable('a certificate annotation that is no PEM file');
  return undefined;
}

// cosign VerifyRFC3161Timestamp
function timestampOf(
  bytes: Uint8Array,
  annotations: SignatureItem['annotations'],
  { material }: CosignRun,
): number | undefined {
  const annotation = annotations[TIMESTAMP];
  if (!annotation) return undefined;
  const token = textAt(
    parseJson(annotation, 'unmarshaling RFC3161 timestamp bundle'),
    'SignedRFC3161Timestamp',
  );
  const { times } = verifyTimestamps(
    [Buffer.from(token ?? '', 'base64')],
    signatureOf(bytes, annotations),
    material.timestampAuthorities,
  );
  if (times[0] === undefined) throw new Refusal('expected at least one verified timestamp');
  return times[0];
}

/** The time at which a Rekor v1 log promised to include it (cosign VerifyBundle), in milliseconds. */
function promisedTime(
  bytes: Uint8Array,
  annotations: SignatureItem['annotations'],
  certificate: LeafCertificate | undefined,
  run: CosignRun,
): number {
  const annotation = annotations[BUNDLE];
  if (!annotation) {
    if (run.flags.offline) throw new Refusal('offline verification failed');
    throw new Unknowable('cosign would ask Rekor for the signature');
  }
  return within('error verifying bundle', () => {
    const bundle = parseJson(annotation, 'unmarshaling bundle');
    const payload = fieldOf(bundle, 'Payload');
    const body = textAt(payload, 'body');
    if (body === undefined) throw new Refusal('bundle payload body is not a string');
    compareBody(body, bytes, annotations, certificate, run);
    const integratedTime = Number(fieldOf(payload, 'integratedTime'));
    const logIndex = Number(fieldOf(payload, 'logIndex'));
    const logId = textAt(payload, 'logID') ?? '';
    const set = Buffer.from(textAt(bundle, 'SignedEntryTimestamp') ?? '', 'base64');
    const log = run.material.tlogs.find((one) => one.logID.toString('hex') === logId.toLowerCase());
    const failed = 'verifying bundle with trusted root';
    if (log === undefined) throw new Refusal(`${failed}: rekor log public key not found for payload`);
    const time = integratedTime * 1000;
    if (time < log.validFor.start.getTime() || time > log.validFor.end.getTime()) {
      throw new Refusal(`${failed}: rekor log public key not valid at payload integrated time`);
    }
    const entry = { body, integratedTime, logIndex, logId: log.logID.toString('hex') };
    if (!verifySet(entry, set, log.publicKey)) throw new Refusal(`${failed}: unable to verify SET`);
    return time;
  });
}

function compareBody(
  body: string,
  bytes: Uint8Array,
  annotations: SignatureItem['annotations'],
  certificate: LeafCertificate | undefined,
  { key }: CosignRun,
): void {
  const entry = readLogBody(Buffer.from(body, 'base64'));
  if (entry === undefined || entry.version !== 1 || entry.kind === 'unsupported') {
    throw new Refusal('failed to extract signature from bundle: unsupported type');
  }
  const signature = base64Of(bytes, annotations);
  if (signature !== '' && Buffer.from(entry.signature).toString('base64') !== signature) {
    throw new Refusal('signature in bundle does not match signature being verified');
  }
  if (certificate !== undefined && key !== undefined && !certificate.publicKey.equals(key)) {
    throw new Refusal('both public key and certificate were provided but did not match');
  }
  const own = certificate === undefined ? key?.export({ format: 'der', type: 'spki' }) : certificate.der;
  const pem = /-----BEGIN [A-Z ]+-----([A-Za-z0-9+/=\s]*)-----END/.exec(entry.verifier);
  if (own === undefined || pem === null || !Buffer.from(pem[1] ?? '', 'base64').equals(own)) {
    throw new Refusal('comparing public key PEMs, expected …, got …');
  }
  const payloadHash = createHash('sha256').update(bytes).digest('hex');
  const [algorithm, hash] = entry.kind === 'hashedrekord' ? [entry.algorithm, entry.hash] : ['sha256', ''];
  if (algorithm !== 'sha256') throw new Refusal(`unexpected algorithm: "${algorithm}"`);
  if (hash !== payloadHash) {
    throw new Refusal(`matching bundle to payload: bundle="${hash}", payload="${payloadHash}"`);
  }
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
  if (verifyBytes(key, digest, payload, signature)) return;
  const kind = keyFacts(key)?.kind;
  if (kind === 'rsa') throw new Refusal('crypto/rsa: verification error');
  if (kind === 'ed25519') throw new Refusal('failed to verify signature');
  throw new Refusal('invalid signature when validating ASN.1 encoded signature');
}

// cosign:pkg/cosign/verifiers.go SimpleClaimVerifier
function verifyClaims(bytes: Uint8Array, { digest, flags }: CosignRun): void {
  const payload = parseJson(new TextDecoder().decode(bytes), undefined);
  const found = textAt(fieldOf(fieldOf(payload, 'critical'), 'image'), 'docker-manifest-digest') ?? '';
  if (found !== `sha256:${digest}`) throw new Refusal(`invalid or missing digest in claim: ${found}`);
  requireAnnotations(flags.annotations, fieldOf(payload, 'optional'));
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

function parseJson(text: string, context: string | undefined): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const why = 'invalid character';
    throw new Refusal(context === undefined ? why : `${context}: ${why}`);
  }
}

function fieldOf(value: unknown, name: string): unknown {
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

function textAt(value: unknown, name: string): string | undefined {
  const text = fieldOf(value, name);
  return typeof text === 'string' ? text : undefined;
}
