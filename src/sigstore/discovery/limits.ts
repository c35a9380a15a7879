/** What looking for signatures of one chart may cost. */
export interface DiscoveryLimits {
  /** Bytes of one bundle, signed payload or envelope. */
  bundleBytes: number;
  /** Bundles, payloads and envelopes fetched from one store. */
  signatures: number;
  /** Manifests that refer to the chart and are opened, as most registries and lists say little of what they are. */
  referrers: number;
  /** Signatures of one legacy manifest that are looked at; most of them share one payload, so they cost no request. */
  layers: number;
}

/**
 * Defaults. With a list of referrers full of junk, bundles and the tag of legacy signatures stay below the 40 requests
 * of a session: 2 for manifest and list, 16 + 8 for referrers, 1 + 8 for `.sig`.
 */
export const DEFAULT_DISCOVERY_LIMITS: Readonly<DiscoveryLimits> = {
  bundleBytes: 1024 * 1024,
  signatures: 8,
  referrers: 16,
  layers: 50,
};
