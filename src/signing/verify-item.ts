import type { Evidence, Reason } from '../base/evidence.ts';
import type { SignatureItem, SigstoreTrust } from '../sigstore/index.ts';
import type { ManifestBytes } from './job.ts';
import type { Identity, SignContext } from './task.ts';

/** One signature of a manifest, and whose it may be. */
interface ItemToVerify {
  source: Evidence['source'];
  item: SignatureItem;
  manifest: ManifestBytes;
  trusts: readonly SigstoreTrust[];
  /** Of keyless signers. */
  identity: Identity | undefined;
}

/** By whom it is, by the names of the trusts, and why it is by none of the others. */
interface ItemVerified {
  held: string[];
  reasons: Reason[];
}

/** Verifies one signature by the engine that every verification uses; nothing is asked of any service. */
export async function verifyItem(
  { source, item, manifest, trusts, identity }: ItemToVerify,
  { config }: SignContext,
): Promise<ItemVerified> {
  const { verifySignature } = await import('../sigstore/index.ts');
  const { evidence, outcomes } = await verifySignature({
    source,
    item,
    subject: { digest: manifest.digest },
    trusts,
    blockedSigners: config.blocked.signers,
    blockedIdentities: config.blocked.identities,
  });
  const { issuer, subject } = evidence.signer ?? {};
  const isSame = issuer === identity?.issuer && subject === identity?.subject;
  const keyless = new Set(
    trusts.filter((trust) => trust.identity.kind === 'keyless').map(({ name }) => name),
  );
  return {
    // To the letter, whatever a trust entry may read as a glob.
    held: outcomes.flatMap(({ trust, state }) =>
      state === 'held' && (isSame || !keyless.has(trust)) ? trust : [],
    ),
    reasons: outcomes.flatMap(({ reasons }) => reasons),
  };
}
