import type { KeyOptions } from './open-signer.ts';
import type { SigstoreSignOptions } from './open-sigstore-signer.ts';

/** The options of `chartseal sign` as commander gives them. */
export interface SignOptions extends KeyOptions, Omit<SigstoreSignOptions, keyof KeyOptions> {
  expectedDigest?: string;
  detached?: boolean;
  replace?: boolean;
  refuseIfReferrers?: boolean;
  dryRun?: boolean;
  all?: boolean;
  yes?: boolean;
  concurrency: string;
  plainHttp?: boolean;
  caFile?: string;
  server?: string;
  /** Names of keys of the service. */
  with: string[];
  format: string;
}
