import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const beside = fileURLToPath(new URL('../../../shared/vectors', import.meta.url));

/**
 * Absolute path of the shared test vectors, or undefined in a clone that has no `../shared` beside it.
 * Suites that need them say `describe.skipIf(!vectorsDir)`.
 */
export const vectorsDir: string | undefined = existsSync(beside) ? beside : undefined;
