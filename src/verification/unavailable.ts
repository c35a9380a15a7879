import type { ChartsealError } from '../base/error.ts';
import type { TrustOutcome } from '../base/evidence.ts';
import { reason } from '../base/reason.ts';

/**
 * What is known of a trust name when evidence that might speak for it could not be fetched: nothing.
 * @param what was to be fetched, as the subject of a sentence: `the provenance`
 */
export function unavailable(
  trust: string,
  what: string,
  error: ChartsealError,
): Omit<TrustOutcome, 'trust' | 'identities'> {
  const { code, message, help, retryable, retryAfter } = error;
  return {
    state: 'unknown',
    reasons: [reason(code, `${what} could not be fetched: ${message}`, { trust, help })],
    retryable,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}
