import { createMemoryState, type State } from '../../src/state/index.ts';
import { describeState } from '../support/state-suite.ts';

describeState('state in memory', async () => {
  let now = Date.UTC(2026, 10, 23, 12);
  let state = createMemoryState({ clock: () => now });
  const current: State = {
    audit: {
      append: (entry) => state.audit.append(entry),
      read: (options) => state.audit.read(options),
      head: () => state.audit.head(),
    },
    leases: { acquire: (...args) => state.leases.acquire(...args) },
    close: async () => {},
  };
  return {
    open: async () => current,
    advance: async (ms) => {
      now += ms;
    },
    reset: async () => {
      state = createMemoryState({ clock: () => now });
    },
    stop: async () => {},
  };
});
