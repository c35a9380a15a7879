import type { Clock } from '../../base/clock.ts';
import type { State } from '../../state/index.ts';
import { type D1Binding, d1AuditLog } from './d1-audit-log.ts';
import { durableLeases, type LockNamespace } from './durable-leases.ts';

/** What wrangler.toml binds for signing. */
export interface StateBindings {
  AUDIT: D1Binding;
  LOCKS: LockNamespace;
}

/** The state of a service at the edge: the audit log in D1, leases as Durable Objects. Asks nothing yet. */
export function openEdgeState(bindings: StateBindings, options: { clock: Clock }): State {
  return {
    audit: d1AuditLog(bindings.AUDIT, options),
    leases: durableLeases(bindings.LOCKS),
    close: async () => {},
  };
}
