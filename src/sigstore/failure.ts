import type { Code } from '../base/codes.ts';
import { clean } from '../base/text.ts';

/** What is wrong with a proof. */
export interface Failure {
  code: Code;
  message: string;
}

/** What a library says is wrong, the cause before what it is the cause of. */
export function wordsOf(error: unknown): string {
  const { message, cause } = Object(error) as { message?: unknown; cause?: { message?: unknown } };
  return clean(cause?.message ?? message ?? error);
}
