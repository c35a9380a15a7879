/** An entry of a Rekor v1 log as the log gave it; nothing of it is verified. */
export interface HelmLogEntry {
  /** Lower-case hex: the hash of the entry in the log's tree, as the log calls it. */
  uuid: string;
  /** The entry itself. */
  body: Uint8Array;
  /** Seconds since the epoch; worth something only with `promise`. */
  integratedTime: number;
  /** Over all trees of the log. */
  logIndex: number;
  /** Lower-case hex of the SHA-256 of the log's key. */
  logId: string;
  /** The log's "signed entry timestamp". */
  promise: Uint8Array | undefined;
  proof: HelmLogProof | undefined;
}

/** Where the entry stands in a tree of the log. */
export interface HelmLogProof {
  logIndex: number;
  treeSize: number;
  rootHash: Uint8Array;
  hashes: Uint8Array[];
  /** The signed note with the root of that tree. */
  checkpoint: string;
}
