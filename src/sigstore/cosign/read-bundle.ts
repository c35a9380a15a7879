import { HashAlgorithm } from '@sigstore/protobuf-specs';
import { type LogBody, readLogBody } from './read-log-body.ts';
import { type Message, readProtojson } from './read-protojson.ts';
import { Unknowable } from './refusal.ts';

/** A bundle as cosign holds it once it has read it. Empty bytes and texts are undefined, as in proto3. */
export interface CosignBundle {
  certificate: Uint8Array | undefined;
  /** Signed with a key, by whatever name. */
  publicKey: boolean;
  entries: BundleEntry[];
  timestamps: Uint8Array[];
  envelope: BundleEnvelope | undefined;
  message: { digest: Uint8Array; algorithm: number; signature: Uint8Array } | undefined;
}

export interface BundleEnvelope {
  payload: Uint8Array;
  payloadType: string;
  signatures: { sig: Uint8Array; keyid: string }[];
}

/** An entry of a transparency log. */
export interface BundleEntry {
  logIndex: bigint;
  /** Lower-case hex. */
  logId: string;
  /** Seconds since the epoch; 0 in Rekor v2. */
  integratedTime: bigint;
  promise: Uint8Array | undefined;
  proof: BundleProof | undefined;
  canonicalizedBody: Uint8Array;
  body: LogBody;
}

export interface BundleProof {
  logIndex: bigint;
  treeSize: bigint;
  rootHash: Uint8Array;
  hashes: Uint8Array[];
  checkpoint: string;
}

// protobuf-specs:protos/sigstore_bundle.proto, sigstore_common.proto, sigstore_rekor.proto, envelope.proto
const RAW = { message: { fields: { rawBytes: 'bytes' } } } as const;
const PROOF: Message = {
  fields: {
    logIndex: 'int64',
    rootHash: 'bytes',
    treeSize: 'int64',
    hashes: { list: 'bytes' },
    checkpoint: { message: { fields: { envelope: 'string' } } },
  },
};
const ENTRY: Message = {
  fields: {
    logIndex: 'int64',
    logId: { message: { fields: { keyId: 'bytes' } } },
    kindVersion: { message: { fields: { kind: 'string', version: 'string' } } },
    integratedTime: 'int64',
    inclusionPromise: { message: { fields: { signedEntryTimestamp: 'bytes' } } },
    inclusionProof: { message: PROOF },
    canonicalizedBody: 'bytes',
  },
};
const MATERIAL: Message = {
  fields: {
    publicKey: { message: { fields: { hint: 'string' } } },
    x509CertificateChain: { message: { fields: { certificates: { list: RAW } } } },
    certificate: RAW,
    tlogEntries: { list: { message: ENTRY } },
    timestampVerificationData: {
      message: {
        fields: { rfc3161Timestamps: { list: { message: { fields: { signedTimestamp: 'bytes' } } } } },
      },
    },
  },
  protoNames: { x509CertificateChain: 'x509_certificate_chain' },
  oneOf: [['publicKey', 'x509CertificateChain', 'certificate']],
};
const BUNDLE: Message = {
  fields: {
    mediaType: 'string',
    verificationMaterial: { message: MATERIAL },
    messageSignature: {
      message: {
        fields: {
          messageDigest: { message: { fields: { algorithm: { enum: HashAlgorithm }, digest: 'bytes' } } },
          signature: 'bytes',
        },
      },
    },
    dsseEnvelope: {
      message: {
        fields: {
          payload: 'bytes',
          payloadType: 'string',
          signatures: { list: { message: { fields: { sig: 'bytes', keyid: 'string' } } } },
        },
      },
    },
  },
  oneOf: [['messageSignature', 'dsseEnvelope']],
};

// cosign takes bundles from version 0.3 on, sigstore-go those before 0.4 (cosign:pkg/oci/remote/signatures.go Bundle).
const VERSION_3 = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v0\.3(?:\.\d+)?\+json|\+json;version=0\.3)$/;
const MAX_ENTRIES = 32;
/** Each may have a signature that must fit for the bundle to be one, in arithmetic of JavaScript. Real bundles have one. */
const MAX_READ_ENTRIES = 4;
const NOTHING = new Uint8Array(0);

/**
 * Reads a bundle as cosign 3 does (sigstore-go:pkg/bundle/bundle.go, with its limits).
 * @returns undefined for what cosign passes over without a word; a bundle that it reads hides every legacy signature
 * @throws Unknowable for an entry of the log whose form is not known here, and for more entries than are looked at
 */
export function readBundleAsCosign(bytes: Uint8Array): CosignBundle | undefined {
  // biome-ignore lint/suspicious/noExplicitAny: BUNDLE says what is in it
  let bundle: any;
  try {
    bundle = readProtojson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), BUNDLE);
  } catch {
    return undefined;
  }
  const material = bundle.verificationMaterial;
  if (!VERSION_3.test(bundle.mediaType ?? '') || material === undefined) return undefined;
  const entries = readEntries(material.tlogEntries ?? []);
  if (entries === undefined || material.x509CertificateChain !== undefined) return undefined;
  if (entries.length > 0 && entries.every((entry) => entry.proof === undefined)) return undefined;
  if (bundle.messageSignature === undefined && bundle.dsseEnvelope === undefined) return undefined;
  if (material.publicKey === undefined && material.certificate === undefined) return undefined;
  return {
    certificate: material.certificate && (material.certificate.rawBytes ?? NOTHING),
    publicKey: material.publicKey !== undefined,
    entries,
    timestamps: (material.timestampVerificationData?.rfc3161Timestamps ?? []).map(
      (one: { signedTimestamp?: Uint8Array }) => one.signedTimestamp ?? NOTHING,
    ),
    envelope: bundle.dsseEnvelope && readEnvelope(bundle.dsseEnvelope),
    message: bundle.messageSignature && {
      digest: bundle.messageSignature.messageDigest?.digest ?? NOTHING,
      algorithm: bundle.messageSignature.messageDigest?.algorithm ?? 0,
      signature: bundle.messageSignature.signature ?? NOTHING,
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: BUNDLE says what is in it
function readEnvelope(envelope: any): BundleEnvelope {
  return {
    payload: envelope.payload ?? NOTHING,
    payloadType: envelope.payloadType ?? '',
    signatures: (envelope.signatures ?? []).map((one: { sig?: Uint8Array; keyid?: string }) => ({
      sig: one.sig ?? NOTHING,
      keyid: one.keyid ?? '',
    })),
  };
}

// sigstore-go:pkg/tlog/entry.go ParseTransparencyLogEntry. One entry that is not well-formed spoils the bundle.
// biome-ignore lint/suspicious/noExplicitAny: BUNDLE says what is in it
function readEntries(list: any[]): BundleEntry[] | undefined {
  if (list.length > MAX_ENTRIES) return undefined;
  if (list.length > MAX_READ_ENTRIES) throw new Unknowable('more log entries than are looked at');
  const entries: BundleEntry[] = [];
  for (const entry of list) {
    const proof = entry.inclusionProof;
    const index = entry.logIndex ?? 0n;
    if (entry.canonicalizedBody === undefined || index < 0n || entry.kindVersion === undefined)
      return undefined;
    if (entry.logId?.keyId === undefined) return undefined;
    if (proof !== undefined && proof.checkpoint?.envelope === undefined) return undefined;
    const body = readLogBody(entry.canonicalizedBody);
    if (body === undefined) return undefined;
    entries.push({
      logIndex: index,
      logId: entry.logId.keyId.toString('hex'),
      integratedTime: entry.integratedTime ?? 0n,
      promise: entry.inclusionPromise?.signedEntryTimestamp,
      proof: proof && {
        logIndex: proof.logIndex ?? 0n,
        treeSize: proof.treeSize ?? 0n,
        rootHash: proof.rootHash ?? NOTHING,
        hashes: (proof.hashes ?? []).map((hash: Uint8Array | undefined) => hash ?? NOTHING),
        checkpoint: proof.checkpoint.envelope,
      },
      canonicalizedBody: entry.canonicalizedBody,
      body,
    });
  }
  return entries;
}
