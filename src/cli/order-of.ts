import type { SignRequest } from '../signing/index.ts';
import type { SignOptions } from './sign-options.ts';

/** What is asked of a signer, whichever it is. */
export type Order = Omit<SignRequest, 'with' | 'identityToken'>;

/** What the options say of how a chart is to be signed. */
export function orderOf(reference: string, options: SignOptions): Order {
  const { expectedDigest, detached, replace, refuseIfReferrers, dryRun } = options;
  return {
    reference,
    ...(expectedDigest === undefined ? {} : { expectedDigest }),
    ...(detached ? { mode: 'detached' as const } : {}),
    ...(replace ? { replace } : {}),
    ...(refuseIfReferrers ? { refuseIfReferrers } : {}),
    ...(dryRun ? { dryRun } : {}),
  };
}
