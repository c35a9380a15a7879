import { ChartsealError } from '../../base/error.ts';
import { clean } from '../../base/text.ts';
import { redact } from '../../state/index.ts';

/** Whose operation failed: the log's or the locks'. */
type FailureCode = 'audit.unavailable' | 'lock.unavailable';

/**
 * Does work with a deadline, and turns whatever a driver throws into one error that says what failed in few words,
 * without the driver's own error: that carries statements, their values, and sometimes the address with a password.
 * @throws ChartsealError with the code given, retryable
 */
export async function guarded<T>(code: FailureCode, run: () => Promise<T>, deadlineMs = 15_000): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    return await Promise.race([run(), late]);
  } catch (error) {
    if (error instanceof ChartsealError) throw error;
    const what = code === 'audit.unavailable' ? 'the audit log' : 'the store of locks';
    throw new ChartsealError(code, `${what} cannot be used: ${describeFailure(error)}`, { retryable: true });
  } finally {
    clearTimeout(timer);
  }
}

/** The driver's words, made safe and short. Drizzle's own message is the statement; what went wrong is its cause. */
export function describeFailure(error: unknown): string {
  const cause = causeOf(error);
  const code = codeOf(cause);
  const message = cause instanceof Error ? cause.message : '';
  const words = clean(redact(message), 160);
  if (words === '') return code ?? 'unknown failure';
  return code === undefined || words.includes(code) ? words : `${words} (${code})`;
}

/** Does an error, or one that caused it, carry one of these codes, as drivers and Node write them? */
export function hasCode(error: unknown, codes: readonly string[]): boolean {
  const code = codeOf(causeOf(error));
  return code !== undefined && codes.some((each) => code === each || code.startsWith(`${each}_`));
}

/** The error behind drizzle's `Failed query`. */
export function causeOf(error: unknown): unknown {
  if (error instanceof Error && 'query' in error && 'params' in error && error.cause !== undefined)
    return error.cause;
  return error;
}

function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? clean(code, 60) : undefined;
}
