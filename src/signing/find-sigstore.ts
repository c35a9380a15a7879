import type { ChartsealError } from '../base/error.ts';
import type { RegistrySession } from '../oci/index.ts';
import type { SignatureBatch, SigstoreTrust } from '../sigstore/index.ts';
import type { Job, ManifestBytes } from './job.ts';
import { legacyTrustOf, sigstoreTrustOf } from './trust-of.ts';
import { verifyItem } from './verify-item.ts';

/** What is there of one signer. */
export interface PresentSignature {
  /** Digest of the referrer that holds a good bundle. */
  bundle?: string;
  /** Digest of the manifest under the legacy tag that holds a good signature. Looked for where the entry wants one. */
  legacy?: string;
}

type Found = Map<string, PresentSignature>;

// What anyone who may push can list and no retry helps with: it stops nobody from signing.
const NOT_THERE =
  /^(?:manifest\.\w+|sigstore\.\w+|evidence\.\w+|registry\.blob_missing|registry\.too_large)$/;

/**
 * Good signatures of a manifest by the signers of an order: bundles among its referrers, and signatures under the legacy
 * tag for entries that want those as well.
 * @returns by the name of the entry; entries without any are not in it
 * @throws ChartsealError `registry.*`, `evidence.limit` when something is missing and it cannot be told whether it is
 * there
 */
export async function findSigstore(
  job: Job,
  session: RegistrySession,
  manifest: ManifestBytes,
): Promise<Found> {
  const { order, context, target } = job;
  const found: Found = new Map();
  // A keyless signer of whom nothing is known has signed nothing that could be recognised.
  const trusts = order.sigstore.flatMap((entry) => sigstoreTrustOf(entry, order.identity) ?? []);
  if (trusts.length === 0) return found;
  const { findLegacy, findReferring, startSearch } = await import('../sigstore/index.ts');
  const { bundleBytes, signatures } = context.config.limits;
  const search = startSearch({
    session,
    reference: target.reference,
    subject: manifest.digest,
    referrers: () => session.listReferrers(target.reference, manifest.digest),
    limits: { bundleBytes, signatures },
  });
  await look(findReferring(search), 'bundle', trusts, { found, manifest, job });
  const legacy = order.sigstore.filter(({ legacyTag }) => legacyTag);
  const legacyTrusts = legacy.flatMap((entry) => legacyTrustOf(entry, order.identity) ?? []);
  if (legacyTrusts.length > 0)
    await look(findLegacy(search, 'sig'), 'legacy', legacyTrusts, { found, manifest, job });
  return found;
}

async function look(
  batches: AsyncIterable<SignatureBatch>,
  kind: keyof PresentSignature,
  trusts: readonly SigstoreTrust[],
  { found, manifest, job }: { found: Found; manifest: ManifestBytes; job: Job },
): Promise<void> {
  const missing = () => trusts.filter(({ name }) => found.get(name)?.[kind] === undefined);
  let unread: ChartsealError | undefined;
  for await (const batch of batches) {
    unread ??= batch.failure;
    for (const { source, fetched } of batch.found) {
      if (missing().length === 0) return;
      if (!fetched.ok) {
        if (!NOT_THERE.test(fetched.error.code)) unread ??= fetched.error;
        continue;
      }
      if ((kind === 'bundle') !== (fetched.value.format === 'bundle')) continue;
      const { held } = await verifyItem(
        { source, item: fetched.value, manifest, trusts: missing(), identity: job.order.identity },
        job.context,
      );
      for (const name of held) found.set(name, { ...found.get(name), [kind]: source.digest ?? '' });
    }
    if (missing().length === 0) return;
  }
  // What could not be read may be the one looked for, and a second one helps nobody.
  if (unread !== undefined) throw unread;
}
