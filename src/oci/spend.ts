import { ChartsealError } from '../base/error.ts';
import type { Work } from './work.ts';

/**
 * Takes one from the requests that may still be made.
 * @param what the object, for the message
 * @throws ChartsealError `limit.requests` when none is left
 */
export function spend({ budget, limits }: Pick<Work, 'budget' | 'limits'>, what: string): void {
  if (budget.requests <= 0) {
    throw new ChartsealError(
      'limit.requests',
      `${what}: this would be more than the ${limits.requests} requests allowed`,
    );
  }
  budget.requests--;
}
