import type { ChartUse } from './kinds/index.ts';
import { keyOfUse } from './use-key.ts';

/**
 * The charts that an object names after a change and did not name before: without one nothing has to be judged. What
 * stands in place of a chart (an archive inside the object, a repository of Git) has changed when its content has.
 */
export function changedUses(before: readonly ChartUse[], after: readonly ChartUse[]): ChartUse[] {
  const known = new Set(before.map(keyOfUse));
  return after.filter((use) => !known.has(keyOfUse(use)));
}
