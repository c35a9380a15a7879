import { ChartsealError, type ChartsealErrorOptions } from '../../base/error.ts';

/** A key that cannot make signatures that Helm accepts, and why. */
export function unusable(why: string, options?: ChartsealErrorOptions): ChartsealError {
  return new ChartsealError('sign.key_unusable', why, options);
}
