import type { Evidence } from '../base/evidence.ts';
import type { Fetched } from '../base/fetched.ts';

/** One signature as it was found, before anything in it was read. */
export interface SignatureItem {
  /**
   * `bundle`: a sigstore bundle as JSON. `simple-signing`: a layer of cosign's `.sig` manifest, the payload. `dsse`: a
   * layer of its `.att` manifest, an envelope as JSON.
   */
  format: 'bundle' | 'simple-signing' | 'dsse';
  bytes: Uint8Array;
  /** Of the layer: in `.sig` and `.att` they hold signature, certificate, log entry and timestamp. Empty for bundles. */
  annotations: Readonly<Record<string, string>>;
}

/** A signature or why it could not be had, and where it stands. */
export interface LocatedSignature {
  source: Evidence['source'];
  fetched: Fetched<SignatureItem>;
  /**
   * False for what cosign never looks at although it counts here: referrers beyond the first page, bundles that do not
   * stand alone in their manifest.
   */
  cosignReads?: boolean;
}
