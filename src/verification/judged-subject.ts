import type { ChartsealError } from '../base/error.ts';
import type { Fetched } from '../base/fetched.ts';
import type { ArchiveFacts, ChartMetadata } from '../chart/index.ts';
import type { Reference } from '../oci/index.ts';
import type { AskedChart } from '../provenance/index.ts';
import type { LocatedSignature } from '../sigstore/index.ts';
import type { ChartShape } from '../subject/index.ts';
import type { HelmLogs } from './ask-helm-logs.ts';
import type { Located } from './collect-detached.ts';
import type { Scheme } from './schemes.ts';

/** A chart, from a registry or a file, as judging needs it. */
export interface JudgedSubject {
  /** Manifest digest; null for files. */
  digest: string | null;
  /** Digest of the chart layer or file. */
  archiveDigest: string;
  asked: AskedChart;
  /** What the manifest says which chart it is; absent for files. */
  described?: {
    shape: ChartShape;
    reference: Reference;
    /** The config blob, where it was read. */
    config: Fetched<ChartMetadata> | undefined;
  };
  /** In the order of their cost: the layer, then what refers to the manifest. */
  provenances: Located[];
  /** What the logs of PGP trust entries have of the archive; files are judged without asking them. */
  logs: HelmLogs;
  /** In the order of their cost. */
  signatures: LocatedSignature[];
  /** Why there may be evidence of a scheme that was not found. */
  unsearched: Partial<Record<Scheme, ChartsealError>>;
  /** Layers that PGP does not cover. */
  extraLayers: number;
  /** undefined: the archive was not read. */
  content: Fetched<ArchiveFacts> | undefined;
}
