import { createHash, sign } from 'node:crypto';
import { canonicalJson, type Json } from '../../../src/base/canonical-json.ts';
import { toPem } from './certificates.ts';
import { createFakeKey, type FakeKey } from './keys.ts';

/** What is logged of one signature. */
export interface LoggedSignature {
  signature: Buffer;
  /** The leaf certificate, or the public key. */
  verifier: { certificate: Buffer } | { key: FakeKey };
  /** Of a message: its digest, of the algorithm that the key uses. Of an envelope: what it holds. */
  content:
    | { kind: 'message'; digest: Buffer }
    | { kind: 'dsse'; payload: Buffer; payloadType: string; pae: Buffer; envelope: string };
  /** Of the key that signed, for Rekor v2. */
  keyDetails: string;
  hash: string;
}

/** A transparency log of one's own: a real tree, whose entries have real proofs. */
export interface FakeRekor {
  version: 1 | 2;
  key: FakeKey;
  origin: string;
  logId: Buffer;
  /** An entry as it stands in a bundle, in JSON. @param at milliseconds since the epoch; only version 1 tells the time */
  log(what: LoggedSignature, at: number): FakeLogEntry;
  /** The same for any body. */
  logBody(kindVersion: { kind: string; version: string }, body: Buffer, at: number): FakeLogEntry;
  /** Its entry in a trusted root. @param end milliseconds, where its key has one */
  inRoot(start: number, end?: number): object;
}

export interface FakeLogEntry {
  logIndex: string;
  logId: { keyId: string };
  kindVersion: { kind: string; version: string };
  integratedTime: string;
  inclusionPromise?: { signedEntryTimestamp: string };
  inclusionProof?: {
    logIndex: string;
    rootHash: string;
    treeSize: string;
    hashes: string[];
    checkpoint: { envelope: string };
  };
  canonicalizedBody: string;
}

/** @param origin host name of the log */
export function createRekor(version: 1 | 2, origin = `rekor${version}.fake.example`): FakeRekor {
  const key = createFakeKey(version === 1 ? 'p256' : 'ed25519');
  const logId =
    version === 1
      ? sha256(key.spki)
      : sha256(Buffer.from(`${origin}\n`), Buffer.from([1]), key.spki.subarray(-32));
  // Some strangers' entries, so that proofs have hashes and an index is not always 0.
  const leaves = ['one', 'two', 'three'].map((text) => leafHash(Buffer.from(text)));

  function checkpoint(): string {
    // By the number of the tree cosign knows a log of version 1 (sigstore-go:pkg/verify/tlog.go, hasRekorV1STH).
    const first = version === 1 ? `${origin} - 1193050959916656506` : origin;
    const note = `${first}\n${leaves.length}\n${treeHash(leaves).toString('base64')}\n`;
    const signature = key.sign(Buffer.from(note));
    return `${note}\n— ${origin} ${Buffer.concat([logId.subarray(0, 4), signature]).toString('base64')}\n`;
  }

  function logBody(kindVersion: { kind: string; version: string }, body: Buffer, at: number): FakeLogEntry {
    const index = leaves.length;
    leaves.push(leafHash(body));
    const integratedTime = Math.floor(at / 1000);
    const promise = canonicalJson({
      body: body.toString('base64'),
      integratedTime,
      logIndex: index,
      logID: logId.toString('hex'),
    });
    return {
      logIndex: String(index),
      logId: { keyId: logId.toString('base64') },
      kindVersion,
      integratedTime: version === 1 ? String(integratedTime) : '0',
      ...(version === 1
        ? {
            inclusionPromise: {
              signedEntryTimestamp: sign('sha256', Buffer.from(promise), key.privateKey).toString('base64'),
            },
          }
        : {}),
      inclusionProof: {
        logIndex: String(index),
        rootHash: treeHash(leaves).toString('base64'),
        treeSize: String(leaves.length),
        hashes: proof(leaves, index).map((hash) => hash.toString('base64')),
        checkpoint: { envelope: checkpoint() },
      },
      canonicalizedBody: body.toString('base64'),
    };
  }

  return {
    version,
    key,
    origin,
    logId,
    logBody,
    log(what, at) {
      const { kindVersion, spec } = version === 1 ? entryV1(what) : entryV2(what);
      const body = { apiVersion: kindVersion.version, kind: kindVersion.kind, spec };
      return logBody(kindVersion, Buffer.from(canonicalJson(body)), at);
    },
    inRoot: (start, end) => ({
      baseUrl: `https://${origin}`,
      hashAlgorithm: 'SHA2_256',
      publicKey: {
        rawBytes: key.spki.toString('base64'),
        keyDetails: version === 1 ? 'PKIX_ECDSA_P256_SHA_256' : 'PKIX_ED25519',
        validFor: {
          start: new Date(start).toISOString(),
          ...(end === undefined ? {} : { end: new Date(end).toISOString() }),
        },
      },
      logId: { keyId: logId.toString('base64') },
    }),
  };
}

interface Entry {
  kindVersion: { kind: string; version: string };
  spec: Json;
}

function entryV1({ content, signature, verifier, hash }: LoggedSignature): Entry {
  const pem = 'key' in verifier ? verifier.key.publicKeyPem : toPem(verifier.certificate);
  const verifierBase64 = Buffer.from(pem).toString('base64');
  if (content.kind === 'message') {
    return {
      kindVersion: { kind: 'hashedrekord', version: '0.0.1' },
      spec: {
        data: { hash: { algorithm: hash, value: content.digest.toString('hex') } },
        signature: { content: signature.toString('base64'), publicKey: { content: verifierBase64 } },
      },
    };
  }
  return {
    kindVersion: { kind: 'dsse', version: '0.0.1' },
    spec: {
      envelopeHash: { algorithm: 'sha256', value: sha256(Buffer.from(content.envelope)).toString('hex') },
      payloadHash: { algorithm: 'sha256', value: sha256(content.payload).toString('hex') },
      signatures: [{ signature: signature.toString('base64'), verifier: verifierBase64 }],
    },
  };
}

function entryV2({ content, signature, verifier, keyDetails, hash }: LoggedSignature): Entry {
  const digest = content.kind === 'message' ? content.digest : createHash(hash).update(content.pae).digest();
  const rawBytes = ('key' in verifier ? verifier.key.spki : verifier.certificate).toString('base64');
  return {
    kindVersion: { kind: 'hashedrekord', version: '0.0.2' },
    spec: {
      hashedRekordV002: {
        data: { algorithm: `SHA2_${hash.slice(3)}`, digest: digest.toString('base64') },
        signature: {
          content: signature.toString('base64'),
          verifier: {
            keyDetails,
            ...('key' in verifier ? { publicKey: { rawBytes } } : { x509Certificate: { rawBytes } }),
          },
        },
      },
    },
  };
}

function sha256(...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

const leafHash = (leaf: Buffer) => sha256(Buffer.from([0]), leaf);

// RFC 6962 section 2.1: the tree splits at the largest power of two below its size.
function split(size: number): number {
  let half = 1;
  while (half * 2 < size) half *= 2;
  return half;
}

function treeHash(leaves: Buffer[]): Buffer {
  if (leaves.length === 1) return leaves[0]!;
  const half = split(leaves.length);
  return sha256(Buffer.from([1]), treeHash(leaves.slice(0, half)), treeHash(leaves.slice(half)));
}

function proof(leaves: Buffer[], index: number): Buffer[] {
  if (leaves.length === 1) return [];
  const half = split(leaves.length);
  return index < half
    ? [...proof(leaves.slice(0, half), index), treeHash(leaves.slice(half))]
    : [...proof(leaves.slice(half), index - half), treeHash(leaves.slice(0, half))];
}
