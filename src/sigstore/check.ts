import type { Code } from '../base/codes.ts';
import type { Check } from '../base/evidence.ts';

export type { Check } from '../base/evidence.ts';

/** Something that holds. */
export function pass(name: string, message: string, code?: Code): Check {
  return { name, outcome: 'pass', ...(code === undefined ? {} : { code }), message };
}

/** Something that decides nothing by itself. */
export function info(name: string, message: string): Check {
  return { name, outcome: 'info', message };
}

/** Something that does not hold. */
export function fail(name: string, code: Code, message: string): Check {
  return { name, outcome: 'fail', code, message };
}
