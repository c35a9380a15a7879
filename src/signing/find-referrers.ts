import { ChartsealError } from '../base/error.ts';
import type { Job } from './job.ts';
import type { SignResult } from './task.ts';

/**
 * What refers to the manifest that is read, and would not to the one that takes its place.
 * @throws ChartsealError `sign.has_referrers` where the request says so, `registry.*`
 */
export async function findReferrers({ order, target, open }: Job): Promise<SignResult['leftBehind']> {
  const { entries } = await open().listReferrers(target.reference, target.manifest.digest);
  if (entries.length > 0 && order.request.refuseIfReferrers) {
    throw new ChartsealError(
      'sign.has_referrers',
      `${entries.length} referrers, like signatures, would be left behind at ${target.manifest.digest}`,
    );
  }
  return entries.map(({ digest, artifactType }) => ({ digest, artifactType: artifactType ?? null }));
}
