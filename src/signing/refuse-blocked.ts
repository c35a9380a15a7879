import { ChartsealError } from '../base/error.ts';
import type { SigningEntry } from '../config/index.ts';
import { isBlockedSigner } from '../provenance/index.ts';
import type { SignContext, SignTarget } from './task.ts';

/**
 * What is recalled is not signed, and a key that is recalled signs nothing: every verdict would be deny.
 * @throws ChartsealError `sign.not_allowed`
 */
export function refuseBlocked(
  key: SigningEntry,
  { manifest, shape }: SignTarget,
  context: SignContext,
): void {
  const { digests, signers } = context.config.blocked;
  const digest = [manifest.digest, shape.chartLayer.digest].find((one) => digests.has(one));
  if (digest !== undefined) {
    throw new ChartsealError('sign.not_allowed', `blocked.digest: ${digest} is blocked (blocked.digests)`);
  }
  if (isBlockedSigner(key.signer.publicKey, signers)) {
    throw new ChartsealError(
      'sign.not_allowed',
      `blocked.signer: the key "${key.name}" is blocked (blocked.signers)`,
    );
  }
}
