export type { TufFetch } from './fetch-file.ts';
export { parseMetadata } from './parse-metadata.ts';
export { readRefreshed } from './read-refreshed.ts';
export { type Refreshed, type RefreshOptions, refreshTargets, TRUSTED_ROOT } from './refresh-targets.ts';
export { createMemoryTufStore, type TufStore } from './store.ts';
export { verifyRole } from './verify-role.ts';
