import type { Code } from './codes.ts';
import { CODES } from './codes.ts';
import type { Reason } from './evidence.ts';

/**
 * A reason with the remedy of its code, unless a better one is given.
 * @param message a sentence about this very object; foreign text in it was passed through `clean()`
 */
export function reason(code: Code, message: string, extra: { trust?: string; help?: string } = {}): Reason {
  return {
    code,
    ...(extra.trust === undefined ? {} : { trust: extra.trust }),
    message,
    help: extra.help ?? CODES[code].help,
  };
}
