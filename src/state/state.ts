import type { AuditLog } from './audit.ts';
import type { LeaseStore } from './lease.ts';

/** What a service that signs keeps beyond one request, wherever it is kept. */
export interface State {
  audit: AuditLog;
  leases: LeaseStore;
  /** Lets go of files and connections. What is asked afterwards fails. */
  close(): Promise<void>;
}
