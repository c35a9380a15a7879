import { ChartsealError, type ChartsealErrorOptions } from '../../base/error.ts';

/** A key that cannot make signatures that cosign accepts, and why. The words hold no part of it. */
export function unusableKey(why: string, options?: ChartsealErrorOptions): ChartsealError {
  return new ChartsealError('sign.cosign_key_unusable', why, options);
}
