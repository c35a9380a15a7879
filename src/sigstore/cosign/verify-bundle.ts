import { Buffer } from 'node:buffer';
import type { KeyObject } from 'node:crypto';
import { createReadOnce } from '../../base/read-once.ts';
import type { Digest } from '../log/verify-bytes.ts';
import { findChain } from './find-chain.ts';
import type { CosignFlags } from './flags.ts';
import { keyFacts } from './key-facts.ts';
import type { Material } from './material.ts';
import type { CosignBundle } from './read-bundle.ts';
import { type LeafCertificate, readCertificate } from './read-certificate.ts';
import type { BundleSigner } from './rebuild-leaf.ts';
import { joinErrors, Refusal, within } from './refusal.ts';
import { requireAnnotations } from './require-annotations.ts';
import { requireSct } from './require-sct.ts';
import { type SignatureKey, type StatementSubject, verifyEnvelope } from './verify-envelope.ts';
import { verifyIdentity } from './verify-identity.ts';
import { verifyLog } from './verify-log.ts';
import { verifyTimestamps } from './verify-timestamps.ts';

/** What one run of `cosign verify` is about. */
export interface CosignRun {
  /** Lower-case hex of the manifest's SHA-256. */
  digest: string;
  flags: CosignFlags;
  /** Given with `--key`. */
  key: KeyObject | undefined;
  /** Empty without a trusted root. */
  material: Material;
  /** Milliseconds since the epoch: what cosign takes the time from when nothing else tells it. */
  now: number;
}

/**
 * Would `cosign verify` take this bundle for a signature (cosign:pkg/cosign/verify.go
 * verifyImageAttestationsSigstoreBundle, sigstore-go:pkg/verify/signed_entity.go Verify)? In its order, as the first thing
 * that it does not like is what it says.
 * @throws Refusal
 */
export function verifyBundleAsCosign(bundle: CosignBundle, run: CosignRun): void {
  const { flags } = run;
  const signer = within(firstStep(bundle, run), () => readSigner(bundle, run));
  const logTimes = flags.ignoreTlog ? [] : within(LOG, () => verifyLog(bundle, signer, run.material.tlogs));
  const times = establishTimes(bundle, run, logTimes);
  if ('certificate' in signer) verifyCertificate(signer.certificate, times, run);
  else verifyKeyMode(signer, times, flags);

  const key = within('failed to get signature verifier', () => signatureKey(signer, flags));
  const subjects = within('failed to verify signature', () => verifySignature(bundle, key, run.digest));
  if (flags.identity !== undefined && 'certificate' in signer) {
    verifyIdentity(signer.certificate, flags.identity);
  }
  if (subjects === undefined) throw new Refusal('bundle does not contain a DSSE envelope');
  verifyClaims(subjects, run);
}

const LOG = 'failed to verify log inclusion';
const TIMESTAMPS = 'failed to verify timestamps';

// In Go the parts of a bundle are taken out of it as they are needed; all of them by the first step.
function readSigner({ certificate, envelope }: CosignBundle, { key }: CosignRun): BundleSigner {
  if (envelope?.payload.length === 0) {
    throw new Refusal('validation error: invalid attestation: missing valid envelope');
  }
  return certificate === undefined ? { key } : { certificate: readLeaf(certificate) };
}

const readLeaf = createReadOnce(readCertificate);

// cosign:pkg/cosign/verify_bundle.go rekorV2Bundle: where all entries are of Rekor v2, which tells no time, certificates
// need a signed timestamp, asked for or not.
function wantsTimestamps({ entries }: CosignBundle, { flags }: CosignRun): boolean {
  if (flags.useSignedTimestamps) return true;
  if (flags.ignoreTlog || flags.identity === undefined) return false;
  return entries.length > 0 && entries.every((entry) => entry.integratedTime === 0n);
}

// Named for what can fail in it: an envelope without payload, or a certificate that is none.
function firstStep(bundle: CosignBundle, run: CosignRun): string {
  if (!run.flags.ignoreTlog) return LOG;
  if (bundle.envelope?.payload.length !== 0) return 'failed to fetch verification content';
  return wantsTimestamps(bundle, run) ? TIMESTAMPS : 'failed to fetch signature content';
}

function establishTimes(bundle: CosignBundle, run: CosignRun, logTimes: number[]): number[] {
  if (wantsTimestamps(bundle, run)) {
    const { times, errors } = within(TIMESTAMPS, () =>
      verifyTimestamps(bundle.timestamps, signatureOf(bundle), run.material.timestampAuthorities),
    );
    if (times.length > 0) return times;
    const why = joinErrors(errors);
    throw new Refusal(
      `${TIMESTAMPS}: threshold not met for verified signed timestamps: 0 < 1; error: ${why}`,
    );
  }
  if (run.flags.identity === undefined) return [];
  if (run.flags.ignoreTlog) return [run.now];
  if (logTimes.length > 0) return logTimes;
  throw new Refusal(`${TIMESTAMPS}: threshold not met for verified log entry integrated timestamps: 0 < 1`);
}

function signatureOf({ message, envelope }: CosignBundle): Uint8Array {
  return message?.signature ?? envelope?.signatures[0]?.sig ?? new Uint8Array(0);
}

function verifyKeyMode(signer: { key: KeyObject | undefined }, times: number[], flags: CosignFlags): void {
  if (flags.identity === undefined) return;
  if (times.length > 0 && signer.key === undefined) {
    throw new Refusal('signature time outside of public key validity window');
  }
  if (!flags.ignoreSct) {
    throw new Refusal('SCTs required but bundle is signed with a public key, which cannot contain SCTs');
  }
}

function verifyCertificate(
  certificate: LeafCertificate,
  times: number[],
  { flags, material }: CosignRun,
): void {
  if (flags.identity === undefined) throw new Refusal('expected key signature, not certificate');
  if (certificate.name === undefined) {
    throw new Refusal('failed to summarize certificate: no Subject Alternative Name found');
  }
  let chain: ReturnType<typeof findChain>;
  for (const time of times) {
    chain = findChain(certificate, time, material.certificateAuthorities);
    if (chain === undefined) {
      throw new Refusal('failed to verify leaf certificate: leaf certificate verification failed');
    }
  }
  if (!flags.ignoreSct) {
    within('failed to verify signed certificate timestamp', () =>
      requireSct(certificate, chain, material.ctlogs),
    );
  }
}

// A key given on the command line is used with the one digest of the flag; that of a certificate with the digest that goes
// with it, and P-384 and P-521 with SHA-256 as well, as old signers did (sigstore-go compatSignatureVerifier).
function signatureKey(signer: BundleSigner, flags: CosignFlags): SignatureKey {
  if (!('certificate' in signer)) {
    if (signer.key === undefined) throw new Refusal('no public key material available');
    return { key: signer.key, digests: [flags.digest] };
  }
  const key = signer.certificate.publicKey;
  const facts = keyFacts(key);
  if (facts?.details === undefined) throw new Refusal('unsupported public key type');
  const digests: Digest[] = facts.digest === 'sha256' ? ['sha256'] : [facts.digest, 'sha256'];
  return { key, digests };
}

// What cosign says of a signed message: the signature is not looked at here, as cosign refuses such a bundle either way.
function verifySignature(
  bundle: CosignBundle,
  key: SignatureKey,
  digest: string,
): StatementSubject[] | undefined {
  if (bundle.envelope !== undefined) return verifyEnvelope(bundle.envelope, key, digest);
  if (Buffer.from(bundle.message?.digest ?? '').toString('hex') !== digest) {
    throw new Refusal('artifact does not match digest');
  }
  return undefined;
}

// cosign:pkg/cosign/verifiers.go IntotoSubjectClaimVerifier
function verifyClaims(subjects: StatementSubject[], { digest, flags }: CosignRun): void {
  const subject = subjects.find((one) => one.digest?.get('sha256') === digest);
  if (subject === undefined) throw new Refusal('no matching subject digest found');
  requireAnnotations(flags.annotations, subject.annotations);
}
