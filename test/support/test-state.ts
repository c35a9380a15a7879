import type { Clock } from '../../src/base/clock.ts';
import { ChartsealError } from '../../src/base/error.ts';
import { createMemoryState, type State } from '../../src/state/index.ts';

/**
 * State in memory, with an audit log that may be broken.
 * @param refused kinds of records that it does not take
 */
export function createTestState(clock: Clock, refused: string[] = []): State {
  const state = createMemoryState({ clock });
  const { append } = state.audit;
  return {
    ...state,
    audit: {
      ...state.audit,
      append: async (entry) => {
        if (refused.includes(entry.kind)) throw new ChartsealError('audit.unavailable', 'the log is full');
        return append(entry);
      },
    },
  };
}
