// What is read of evidence that strangers may have written. Real bundles hold one log entry, at most one timestamp and
// one certificate, and have about 10 kB; sigstore-go takes 32 entries and timestamps as well (pkg/verify/tlog.go).

/** Bytes of a bundle, or of a layer of `.sig` and `.att`. */
export const MAX_SIGNATURE_BYTES: number = 1024 * 1024;
/** Characters of one annotation of a layer: a certificate, a log entry or a timestamp. */
export const MAX_ANNOTATION_CHARS: number = 512 * 1024;
/** Log entries, timestamps and certificates in one bundle, each. */
export const MAX_PROOFS: number = 32;
/** Hashes of an inclusion proof: enough for a log of 2^64 entries. */
export const MAX_PROOF_HASHES: number = 64;
/** Characters of a checkpoint, witnesses' signatures included. */
export const MAX_CHECKPOINT_CHARS: number = 16 * 1024;
/** Signatures of a checkpoint: the log's own and those of its witnesses. */
export const MAX_CHECKPOINT_SIGNATURES: number = 32;
/** Bytes of a certificate or a timestamp response. */
export const MAX_DER_BYTES: number = 64 * 1024;
/** Bytes of the SubjectPublicKeyInfo in a certificate; that of RSA-8192 has 1 kB. */
export const MAX_SPKI_BYTES: number = 2 * 1024;
/** Bytes of each name in a certificate: subject, issuer, Fulcio's extensions. A SPIFFE id has 2 kB at most. */
export const MAX_NAME_BYTES: number = 4 * 1024;
/** Bytes of a trusted_root.json. */
export const MAX_ROOT_BYTES: number = 1024 * 1024;
/** Logs and authorities of a trusted root, each kind; certificates of a chain. */
export const MAX_ROOT_ENTRIES: number = 64;
/** Bytes of a public key file. */
export const MAX_KEY_BYTES: number = 64 * 1024;
/** Characters of an identity or an extension that are shown: a workflow's name with repository and ref may be long. */
export const MAX_SHOWN_IDENTITY: number = 1000;
