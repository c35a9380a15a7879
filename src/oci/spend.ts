import { ChartsealError } from '../base/error.ts';
import type { Budget } from './work.ts';

/**
 * Takes one from the requests that may still be made.
 * @param most how many there were, for the message
 * @param what the object, for the message
 * @throws ChartsealError `limit.requests` when none is left
 */
export function spend(budget: Budget, most: number, what: string): void {
  if (budget.requests <= 0) {
    throw new ChartsealError(
      'limit.requests',
      `${what}: this would be more than the ${most} requests allowed`,
    );
  }
  budget.requests--;
}

/** How many requests may be made elsewhere than at registries: as few as leave 50 in all of the default of 40. */
export function mostElsewhere(requests: number): number {
  return Math.ceil(requests / 4);
}
