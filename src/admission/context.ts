import type { Clock } from '../base/clock.ts';
import type { Config } from '../config/index.ts';
import type { RegistryClient } from '../oci/index.ts';
import type { TagLister } from '../tag-lister.ts';
import type { VerdictCache } from '../verification/index.ts';
import type { Verifier } from '../verifier.ts';
import type { Deadline } from './deadline.ts';
import type { ObjectReader } from './object-reader.ts';

/** What answering one request takes. */
export interface AdmissionContext {
  config: Config;
  verify: Verifier;
  listTags: TagLister;
  client: RegistryClient;
  cache?: VerdictCache | undefined;
  /** Reads the cluster; undefined: references through other objects stay unresolved. */
  reader?: ObjectReader | undefined;
  clock: Clock;
  newId: () => string;
  deadline: Deadline;
  /** Requests to registries that all charts of this request may cost together; undefined: each has its own. */
  budget?: { requests: number } | undefined;
  requestId: string;
  log: (record: { level: 'info' | 'error'; message: string; requestId?: string; error?: unknown }) => void;
}
