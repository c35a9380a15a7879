import { ChartsealError } from '../base/error.ts';
import type { SigstoreSigningEntry } from '../config/index.ts';
import type { Report } from '../report/index.ts';
import { findSigstore, type PresentSignature } from './find-sigstore.ts';
import type { Job, ManifestBytes } from './job.ts';
import type { SignedSoFar } from './signed-so-far.ts';
import type { Identity } from './task.ts';
import { trustName } from './verify-result.ts';

type Signed = SignedSoFar['sigstore'] extends Map<string, infer T> ? T : never;

/**
 * Another signature of the same signer would satisfy the verification, so each that was made is looked for by itself.
 * @param verified what verifying the whole has seen
 * @throws ChartsealError `sign.self_check`, `registry.*`
 */
export async function requireFound(
  job: Job,
  entry: SigstoreSigningEntry,
  manifest: ManifestBytes,
  made: Signed,
  verified: Report,
): Promise<void> {
  const isSeen = verified.evidence.some(
    ({ source, trustedAs }) => source.digest === made.bundle && trustedAs.includes(trustName(entry)),
  );
  if (isSeen && made.legacy === undefined) return;
  const present = await findOwn(job, entry, manifest, made.identity);
  if (present.bundle !== undefined && (present.legacy !== undefined || made.legacy === undefined)) return;
  throw new ChartsealError(
    'sign.self_check',
    `the signature by "${entry.name}" that was attached to ${manifest.digest} is not found`,
    { retryable: true },
  );
}

/** What is there of one signer, whoever the token was thought to stand for. */
export async function findOwn(
  job: Job,
  entry: SigstoreSigningEntry,
  manifest: ManifestBytes,
  identity: Identity | undefined,
): Promise<PresentSignature> {
  const order = { ...job.order, sigstore: [entry], identity };
  return (await findSigstore({ ...job, order }, job.open(), manifest)).get(entry.name) ?? {};
}
