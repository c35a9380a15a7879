import type { RegistryOptions } from '../oci/index.ts';
import type { Policy } from '../policy/index.ts';
import type { Keyring, PgpSigner, PgpTrust } from '../provenance/index.ts';
import type { HelmLogTrust, SigstoreKey, SigstoreSigner, SigstoreTrust } from '../sigstore/index.ts';
import type { Limits } from './limits.ts';

/** Whom a trust name stands for: one scheme each. */
export type Trust = LoggedTrust | SigstoreTrust;

/** Keys of PGP, and the log in which what they signed is looked up; without one none is asked. */
export type LoggedTrust = PgpTrust & { log?: HelmLogTrust };

/** A registry as the client takes it, and what the faces and the platform need beside that. */
export interface ConfiguredRegistry extends RegistryOptions {
  /** With `verify: anyone`: may it be read with its credentials for everybody? */
  anonymousMayVerify: boolean;
  /** PEM with the CAs of this registry; only on Node. */
  ca?: string;
}

/** Which OpenID Connect tokens are those of a caller. */
export interface OidcIdentity {
  /** To the letter what tokens call `iss`. */
  issuer: string;
  audience: string;
  /** Globs by the name of the claim; each claim must match one of its globs. Never empty. */
  claims: ReadonlyMap<string, readonly string[]>;
}

/** Somebody who may ask, known by a bearer token, by tokens of an issuer, or by either. */
export interface Caller {
  name: string;
  /** SHA-256 (32 bytes) of the UTF-8 bearer token; the token itself is not kept. */
  tokenDigest?: Uint8Array;
  oidc?: OidcIdentity;
}

/** What every entry under `signing` says: for whom, and where. */
interface SigningRules {
  name: string;
  /** Globs over `host/repository`, normalised. */
  repositories: string[];
  /** Names of callers. */
  callers: string[];
  /** Name of a policy that must allow the chart before it is signed. */
  requires?: string;
  unsafeSignTags: boolean;
}

/** A PGP key that may sign. */
export interface PgpSigningEntry extends SigningRules {
  scheme: 'pgp';
  signer: PgpSigner;
  mayReplace: boolean;
}

/** A key of sigstore that may sign, or whoever brings an identity token. */
export interface SigstoreSigningEntry extends SigningRules {
  scheme: 'sigstore';
  signer: SigstoreSigner;
  /** What its own signatures are held to before and after they are published. */
  trust: Pick<SigstoreTrust, 'root' | 'transparencyLog' | 'certificateTransparency'>;
  /** Also writes a signature under cosign's tag `sha256-….sig`, for clients that know no bundles. */
  legacyTag: boolean;
  /** Signed with each signature: `cosign sign -a NAME=VALUE`. */
  annotations: ReadonlyMap<string, string>;
}

/** Who may sign, by one scheme each. */
export type SigningEntry = PgpSigningEntry | SigstoreSigningEntry;

/** A file of public keys that signed once: of PGP, or one of sigstore. `file` is as the configuration writes it. */
export type RetiredKeys = { file: string; keyring: Keyring } | { file: string; key: SigstoreKey };

/** Where a Node service keeps its audit log and locks: a file, or the URL of a database (a secret). */
export type StateLocation = { sqlite: string } | { postgres: string };

/** What becomes of an object for one kind of finding. */
export type Decision = 'allow' | 'warn' | 'deny';

/** How reviews of Kubernetes objects are judged, beside the policies. */
export interface Admission {
  /** `warn`: whatever is denied is let in with a warning. */
  mode: 'enforce' | 'warn';
  /** What could not be judged. */
  onInconclusive: Decision;
  /** Charts in no OCI registry. */
  notOci: Decision;
  /** References that the object alone does not settle. */
  unresolved: Decision;
  /** What is named in a way that is not read, or not read alike by all. */
  unreadable: Decision;
  /** Version ranges, whatever they resolve to now. */
  ranges: Decision;
  /** References without a digest. */
  tags: Decision;
  /** May ranges be pinned to what they resolve to now? */
  pinRanges: boolean;
  /** Also in fields that GitOps sets back, because in Git there is no digest? */
  pinDrift: boolean;
  /** SHA-256 (32 bytes) of the segment in /k/SECRET/…; the segment itself is not kept. */
  pathSecretDigest?: Uint8Array;
  /** Names of callers that may send reviews. */
  callers: string[];
  /** Read other objects from the API server of the cluster it runs in. */
  cluster: boolean;
}

/** How the trusted root of sigstore is renewed. */
export interface TrustRefresh {
  /** URL of the TUF repository without a slash at its end. */
  mirror: string;
  /** The TUF root in which trust begins. */
  root: Uint8Array;
  /** File with the trusted root that holds until the first refresh, as `readFile` knows it. */
  trustedRoot: string;
  /** From one refresh to the next, on Node; milliseconds. */
  everyMs: number;
  /** Where it is kept, on Node; relative to the configuration. */
  folder: string;
}

/** Who may do what; `audit` and `metrics` are names of callers. */
export interface Access {
  verify: 'callers' | 'anyone';
  sign: 'callers';
  audit: string[];
  metrics: string[];
}

/** A configuration as the rest of chartseal receives it: checked, normalised, defaults filled in, files read. */
export interface Config {
  registries: ConfiguredRegistry[];
  trust: Map<string, Trust>;
  blocked: {
    /** Of manifests or chart layers, `sha256:…`. */
    digests: Set<string>;
    /** Fingerprints of primary keys and of sigstore keys (SHA-256 of the SubjectPublicKeyInfo), upper-case hex. */
    signers: string[];
    /** Identities of keyless signers: globs. */
    identities: { issuer: string; subject: string }[];
  };
  /** In the order in which they are written; the first match decides. */
  policies: Policy[];
  /** By name, in the order in which they are written. */
  signing: Map<string, SigningEntry>;
  keys: { retired: RetiredKeys[] /** Origin without a slash at its end. */; publicUrl?: string };
  callers: Map<string, Caller>;
  access: Access;
  /** Only where something signs on Node; at the edge the state is bound to the Worker. */
  state?: StateLocation;
  admission: Admission;
  /** Absent: trusted roots are files and stay as they are. */
  trustRefresh?: TrustRefresh & { /** `sha256:…` of the trusted root that is in use. */ inUse: string };
  limits: Limits;
}
