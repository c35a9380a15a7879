import type { ChartsealError } from '../base/error.ts';
import { verifyProvenance } from '../provenance/index.ts';
import { askedFromReference } from '../subject/index.ts';
import { collectDetached } from '../verification/index.ts';
import type { Job } from './job.ts';
import { pgpTrustOf } from './trust-of.ts';

// What anyone who may push can list and no retry helps with: it stops nobody from signing.
const NOT_THERE = /^(?:manifest\..*|chart\.not_found|registry\.blob_missing|registry\.too_large)$/;

/**
 * A good provenance of this chart by the PGP key of the order that is there already, where the mode would put it.
 * @returns the digest of the provenance; undefined when there is none, or none is asked for
 * @throws ChartsealError `registry.*`, `evidence.limit` when that cannot be told
 */
export async function findSignature({ order, context, target, open }: Job): Promise<string | undefined> {
  const { pgp, mode } = order;
  if (pgp === undefined) return undefined;
  const session = open();
  const { provenanceLayer } = target.shape;
  const limit = context.config.limits.provenanceBytes;
  const found: { digest: string; bytes: Uint8Array }[] = [];
  let unread: ChartsealError | undefined;
  if (mode === 'attach' && provenanceLayer !== undefined) {
    found.push({
      digest: provenanceLayer.digest,
      bytes: await session.getBlob(target.reference, provenanceLayer, limit),
    });
  } else if (mode === 'detached') {
    const detached = await collectDetached(session, target.reference, target.manifest.digest, limit);
    for (const { source, fetched } of detached.provenances) {
      if (fetched.ok) found.push({ digest: source.digest ?? '', bytes: fetched.value });
      else if (!NOT_THERE.test(fetched.error.code)) unread = fetched.error;
    }
    unread = detached.failure ?? unread;
  }
  const trust = await pgpTrustOf(pgp);
  for (const { digest, bytes } of found) {
    const { outcomes } = await verifyProvenance({
      bytes,
      source: { kind: 'layer', digest },
      trusts: [trust],
      archiveDigest: target.shape.chartLayer.digest,
      asked: askedFromReference(target.reference),
      unsafeAllow: [],
      blockedSigners: context.config.blocked.signers,
      now: context.clock(),
    });
    if (outcomes[0]?.state === 'held') return digest;
  }
  // What could not be read may be the one looked for, and a second one helps nobody.
  if (unread !== undefined) throw unread;
  return undefined;
}
