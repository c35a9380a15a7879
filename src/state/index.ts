export {
  type AuditEntry,
  type AuditHead,
  type AuditKey,
  type AuditKind,
  type AuditLog,
  type AuditRecord,
  GENESIS,
  MAX_AUDIT_PAGE,
} from './audit.ts';
export { chainHash } from './chain-hash.ts';
export { type AuditStore, createAuditLog } from './create-audit-log.ts';
export { createMemoryState } from './create-memory-state.ts';
export type { Lease, LeaseStore } from './lease.ts';
export { readAll } from './read-all.ts';
export { redact } from './redact.ts';
export type { State } from './state.ts';
export { verifyChain } from './verify-chain.ts';
