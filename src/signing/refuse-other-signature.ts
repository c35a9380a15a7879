import { ChartsealError } from '../base/error.ts';
import type { Order, SignTarget } from './task.ts';

/**
 * A provenance that is there and is none of ours gives way only where both the request and the entry say so.
 * @throws ChartsealError `sign.already_signed`, `sign.replace_refused`
 */
export function refuseOtherSignature({ request, pgp, attaches }: Order, target: SignTarget): void {
  if (pgp === undefined || !attaches || target.shape.provenanceLayer === undefined) return;
  if (!request.replace) {
    throw new ChartsealError(
      'sign.already_signed',
      `${target.manifest.digest} carries a provenance that is not by "${pgp.name}"`,
    );
  }
  if (!pgp.mayReplace) {
    throw new ChartsealError(
      'sign.replace_refused',
      `"${pgp.name}" may not replace another provenance (mayReplace)`,
    );
  }
}
