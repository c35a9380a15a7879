import type { SigstoreOptions } from './sigstore-options.ts';

/** The options of `chartseal verify` as commander gives them. */
export interface VerifyOptions extends SigstoreOptions {
  keyring: string[];
  config?: string;
  policy?: string;
  depth?: 'signature' | 'content';
  /** The chart's version. */
  version?: string;
  provenance?: string;
  reference?: string;
  format: string;
  plainHttp?: boolean;
  caFile?: string;
  server?: string;
}
