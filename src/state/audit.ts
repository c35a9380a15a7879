/** What a record tells of: a signature about to be made, or how it ended. */
const AUDIT_KINDS = ['intent', 'signed', 'unchanged', 'refused', 'failed'] as const;
export type AuditKind = (typeof AUDIT_KINDS)[number];

/** Who signed, or would have: the name under `signing` and the fingerprint, or issuer and subject of a keyless signer. */
export interface AuditKey {
  name: string;
  fingerprint: string;
}

/** What the writer of a record says; number, chain and time are added by the log. It holds no secret. */
export interface AuditEntry {
  kind: AuditKind;
  requestId: string;
  /** The name of the caller in the configuration. */
  caller: string;
  /** As normalised: `oci://host/repository:tag`. */
  reference: string;
  /** Digest of the manifest before. */
  before?: string;
  /** Digest of the manifest after. */
  after?: string;
  keys: AuditKey[];
  /** Why it was refused or failed. */
  code?: string;
  /** `seq` of the intent record that this one ends. */
  intent?: number;
}

/** One record of the log, as it is stored, hashed and read. */
export interface AuditRecord extends AuditEntry {
  /** 1, 2, 3, … without gaps. */
  seq: number;
  /** Hash of the record before; {@link GENESIS} for the first. */
  prev: string;
  /** `sha256:` and 64 hex digits, see `chainHash`. */
  hash: string;
  /** RFC 3339, UTC, by the clock of the process that wrote it: times of several replicas need not ascend. */
  time: string;
}

/** The last record of the log, or any that was: whoever keeps it can tell later whether the log was cut or rewritten. */
export interface AuditHead {
  seq: number;
  hash: string;
}

/** What `prev` of the first record says. */
export const GENESIS = `sha256:${'0'.repeat(64)}`;

/** Most records that one read gives. */
export const MAX_AUDIT_PAGE = 1000;

/** An append-only log of records, each of which holds the hash of the one before. */
export interface AuditLog {
  /**
   * Adds one record behind all others. When it returns, the record is stored. Texts are made safe and cut.
   * @throws ChartsealError audit.unavailable; then nothing may be signed
   */
  append(entry: AuditEntry): Promise<AuditHead>;
  /**
   * A page in the order of `seq`.
   * @param options.after only records behind this `seq`; default 0, from the first
   * @param options.limit most records given, at most {@link MAX_AUDIT_PAGE}
   * @throws ChartsealError audit.unavailable
   */
  read(options: { after?: number; limit: number }): Promise<AuditRecord[]>;
  /**
   * The last record; undefined while the log is empty.
   * @throws ChartsealError audit.unavailable
   */
  head(): Promise<AuditHead | undefined>;
}
