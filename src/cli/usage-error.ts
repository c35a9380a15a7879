import { ChartsealError } from '../base/error.ts';

/** The command line contradicts itself or lacks something; exit status 2. */
export function usageError(message: string, help?: string): ChartsealError {
  return new ChartsealError('usage.invalid', message, help === undefined ? {} : { help });
}
