import { ChartsealError } from './error.ts';
import type { Fetched } from './fetched.ts';

/**
 * The value, or why it could not be had.
 * @throws what is no ChartsealError
 */
export async function attempt<T>(work: () => Promise<T>): Promise<Fetched<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (error instanceof ChartsealError) return { ok: false, error };
    throw error;
  }
}
