import { createReadOnce } from '../base/read-once.ts';
import type { ChartUse } from './kinds/index.ts';

/**
 * The same for the same chart, wherever in an object it is named: for what is asked of a registry, not for what comes
 * back. What cannot be compared is like nothing but itself. Made once: an object is read several times in a review, and
 * what is unresolved may be long.
 */
export const keyOfUse = createReadOnce((use: ChartUse): unknown => {
  try {
    return JSON.stringify(essence(use));
  } catch {
    // Its content is nested more deeply than can be written.
    return use;
  }
});

function essence(use: ChartUse): unknown[] {
  switch (use.state) {
    case 'oci': {
      const { asked, repository } = use;
      // What stands beside a digest must be the same chart, and a range depends on how tags are read.
      const { constraint: _, ...rest } = asked as typeof asked & { constraint?: unknown };
      return ['oci', repository, rest];
    }
    case 'reference':
      return ['reference', use.target, use.asks];
    case 'not-oci':
      return ['not-oci', use.source, use.what, use.content];
    case 'unresolved':
      return ['unresolved', use.path, use.reason, use.why, use.content];
  }
}
