import type { Code } from '../base/codes.ts';
import { clean } from '../base/text.ts';

/** What is wrong with a proof. */
export interface Failure {
  code: Code;
  message: string;
}

/**
 * What a reader or a library says is wrong, the cause before what it is the cause of. What the engine says of a value that
 * is not there (`Cannot read properties of undefined`) helps nobody.
 */
export function wordsOf(error: unknown): string {
  const { message, cause } = Object(error) as { message?: unknown; cause?: unknown };
  const first = cause instanceof Error ? cause : error;
  if (first instanceof TypeError || first instanceof RangeError) return 'it is not built as it must be';
  return clean(first instanceof Error ? first.message : (message ?? error));
}
