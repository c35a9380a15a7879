import { ChartsealError } from '../base/error.ts';

/** Parts of a token that are long enough to be recognised, and to be of use to somebody. */
const LEAST = 16;

/**
 * Does work that is told an identity token. Whoever holds such a token can sign as its owner while it is valid, so an error
 * that shows a part of it is not passed on: services and libraries quote what they were sent.
 */
export async function withoutToken<T>(token: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (token === undefined || !shows(error, token)) throw error;
    if (!(error instanceof ChartsealError)) throw new Error('an error that shows the identity token');
    const { code, retryable, retryAfter } = error;
    throw new ChartsealError(
      code,
      'what went wrong cannot be told: the words for it show the identity token',
      {
        retryable,
        ...(retryAfter === undefined ? {} : { retryAfter }),
      },
    );
  }
}

function shows(error: unknown, token: string, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 4) return false;
  const parts = token.split('.').filter((part) => part.length >= LEAST);
  const help = error instanceof ChartsealError ? error.help : '';
  const words = `${error.message} ${error.stack ?? ''} ${help}`;
  return [token, ...parts].some((part) => words.includes(part)) || shows(error.cause, token, depth + 1);
}
