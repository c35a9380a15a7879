import type { ChartsealError } from './error.ts';

/** Something that was fetched, or why it could not be. */
export type Fetched<T> = { ok: true; value: T } | { ok: false; error: ChartsealError };
