import type { RegistryOptions } from '../oci/index.ts';
import type { Policy } from '../policy/index.ts';
import type { PgpTrust } from '../provenance/index.ts';
import type { Limits } from './limits.ts';

/** A registry as the client takes it, and what the faces and the platform need beside that. */
export interface ConfiguredRegistry extends RegistryOptions {
  /** With `verify: anyone`: may it be read with its credentials for everybody? */
  anonymousMayVerify: boolean;
  /** PEM with the CAs of this registry; only on Node. */
  ca?: string;
}

/** Somebody who may ask. */
export interface Caller {
  name: string;
  /** SHA-256 (32 bytes) of the UTF-8 bearer token; the token itself is not kept. */
  tokenDigest: Uint8Array;
}

/** A configuration as the rest of chartseal receives it: checked, normalised, defaults filled in, files read. */
export interface Config {
  registries: ConfiguredRegistry[];
  trust: Map<string, PgpTrust>;
  blocked: {
    /** Of manifests or chart layers, `sha256:…`. */
    digests: Set<string>;
    /** Fingerprints of primary keys, upper-case hex. */
    signers: string[];
  };
  /** In the order in which they are written; the first match decides. */
  policies: Policy[];
  callers: Map<string, Caller>;
  access: { verify: 'callers' | 'anyone' };
  limits: Limits;
}
