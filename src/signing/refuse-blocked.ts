import { ChartsealError } from '../base/error.ts';
import type { SigningEntry } from '../config/index.ts';
import { isBlockedSigner } from '../provenance/index.ts';
import type { Identity, Order, SignContext, SignTarget } from './task.ts';

/**
 * What is recalled is not signed, and a key or identity that is recalled signs nothing: every verdict would be deny.
 * @throws ChartsealError `sign.not_allowed`
 */
export function refuseBlocked(
  { signers, identity }: Order,
  { manifest, shape }: SignTarget,
  context: SignContext,
): void {
  const { digests } = context.config.blocked;
  const digest = [manifest.digest, shape.chartLayer.digest].find((one) => digests.has(one));
  if (digest !== undefined) {
    throw new ChartsealError('sign.not_allowed', `blocked.digest: ${digest} is blocked (blocked.digests)`);
  }
  for (const entry of signers) refuseBlockedSigner(entry, identity, context);
}

/** The same for one signer; of a keyless one by the identity that it has by now. */
export function refuseBlockedSigner(
  entry: SigningEntry,
  identity: Identity | undefined,
  { config: { blocked } }: SignContext,
): void {
  if (isBlocked(entry, identity, blocked)) {
    throw new ChartsealError(
      'sign.not_allowed',
      `blocked.signer: the signer "${entry.name}" is blocked (blocked.signers)`,
    );
  }
}

function isBlocked(
  entry: SigningEntry,
  identity: Identity | undefined,
  { signers, identities }: SignContext['config']['blocked'],
): boolean {
  if (entry.scheme === 'pgp') return isBlockedSigner(entry.signer.publicKey, signers);
  const { key } = entry.signer;
  if (key !== undefined) return signers.includes(key.fingerprint);
  return identities.some(
    ({ issuer, subject }) => issuer === identity?.issuer && subject === identity.subject,
  );
}
