import { Buffer } from 'node:buffer';
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { toHex } from '../../base/hex.ts';
import { readPem } from '../../base/read-pem.ts';
import { hashLeaf } from '../log/hash-leaf.ts';
import { keyHash } from '../log/key-hash.ts';
import { readCheckpoint } from '../log/read-checkpoint.ts';
import { readNote } from '../log/read-note.ts';
import { rootFromProof } from '../log/root-from-proof.ts';
import { verifySet } from '../log/verify-set.ts';
import { type KeyFacts, keyFacts } from './key-facts.ts';
import type { LogAuthority } from './material.ts';
import type { BundleEntry, BundleProof, CosignBundle } from './read-bundle.ts';
import { type BundleSigner, rebuildLeaf } from './rebuild-leaf.ts';
import { Refusal, Unknowable, within } from './refusal.ts';
import { verifyAsGo } from './verify-as-go.ts';

/**
 * Are the entries of the log as sigstore-go wants them (pkg/verify/tlog.go VerifyTlogEntry)? One by a known log is enough;
 * entries of Rekor v2 are rebuilt from the bundle, so what the bundle says of them beside their proof does not count.
 * @returns times at which a Rekor v1 log promised to include it, in milliseconds
 * @throws Refusal
 */
export function verifyLog(
  bundle: CosignBundle,
  signer: BundleSigner,
  logs: readonly LogAuthority[],
): number[] {
  refuseDuplicates(bundle.entries);
  const times: number[] = [];
  const verified = new Set<string>();
  const timed = new Set<string>();
  for (const entry of bundle.entries) {
    if (entry.body.version === 1 && entry.body.kind === 'unsupported')
      throw new Refusal('unsupported entry type');
    const log = logs.find((one) => one.logID.toString('hex') === entry.logId);
    if (log === undefined) continue;
    if (entry.promise === undefined && entry.proof === undefined) {
      throw new Refusal('entry must contain an inclusion proof and/or promise');
    }
    if (entry.body.version === 2 && entry.proof === undefined) {
      throw new Refusal('rekor v2 entries must have an inclusion proof');
    }
    if (entry.promise !== undefined && !isPromised(entry, entry.promise, log)) continue;
    if (entry.proof !== undefined) verifyProof(entry, entry.proof, bundle, signer, log);
    if (entry.body.version === 1) compareBody(entry.body, bundle, signer);
    const time = Number(entry.integratedTime) * 1000;
    if (time !== 0 && !isValidAt(signer, time))
      throw new Refusal('integrated time outside certificate validity');
    verified.add(entry.logId);
    if (entry.promise === undefined || timed.has(entry.logId)) continue;
    timed.add(entry.logId);
    times.push(time);
  }
  if (verified.size === 0) throw new Refusal('not enough verified log entries from transparency log: 0 < 1');
  return times;
}

function refuseDuplicates(entries: BundleEntry[]): void {
  const seen = new Set(entries.map((entry) => `${entry.logId} ${entry.logIndex}`));
  if (seen.size < entries.length) throw new Refusal('duplicate tlog entries found');
}

// tlog/entry.go VerifySET
function isPromised(entry: BundleEntry, promise: Uint8Array, log: LogAuthority): boolean {
  if (entry.body.version !== 1 || log.publicKey.asymmetricKeyType !== 'ec') return false;
  const time = Number(entry.integratedTime);
  if (time * 1000 < log.validFor.start.getTime() || time * 1000 > log.validFor.end.getTime()) return false;
  const body = Buffer.from(entry.canonicalizedBody).toString('base64');
  const promised = { body, integratedTime: time, logId: entry.logId, logIndex: Number(entry.logIndex) };
  return verifySet(promised, promise, log.publicKey);
}

function verifyProof(
  entry: BundleEntry,
  proof: BundleProof,
  bundle: CosignBundle,
  signer: BundleSigner,
  log: LogAuthority,
): void {
  // The checkpoints of Rekor v1 have "origin - tree id" for their first line.
  const lines = proof.checkpoint.split('\n');
  if (lines.length >= 4 && / - \d+$/.test(lines[0] ?? '')) {
    verifyProofV1(entry, proof, log);
    return;
  }
  const name = hostOf(log.baseURL);
  const leafHash = rebuildLeaf(bundle, signer);
  within('verifying log entry', () => {
    const checkpoint = within('unverified checkpoint signature', () =>
      openCheckpoint(proof.checkpoint, name, log),
    );
    within('verifying inclusion', () => {
      const { logIndex: index } = entry;
      matchRoot(leafHash, { index, size: checkpoint.size, hashes: proof.hashes }, checkpoint.rootHash);
    });
  });
}

function hostOf(baseUrl: string): string {
  if (baseUrl === '') {
    throw new Refusal("cannot verify Rekor v2 entry without baseUrl in transparency log's trusted root");
  }
  if (!URL.canParse(baseUrl)) throw new Unknowable('the address of the log in the trusted root is no URL');
  return new URL(baseUrl).hostname.replace(/^\[|\]$/g, '');
}

// rekor:pkg/verify/verify.go VerifyInclusion and VerifyCheckpointSignature, rekor:pkg/util/signed_note.go Verify
function verifyProofV1(entry: BundleEntry, proof: BundleProof, log: LogAuthority): void {
  const { logIndex: index, treeSize: size, hashes } = proof;
  matchRoot(hashLeaf(entry.canonicalizedBody), { index, size, hashes }, proof.rootHash);
  const note = readNote(proof.checkpoint);
  const unreadable = 'unmarshalling log entry checkpoint to SignedCheckpoint';
  if (note === undefined) throw new Refusal(`${unreadable}: unmarshalling signed note: malformed note`);
  const checkpoint = readCheckpoint(note.text);
  if (checkpoint === undefined)
    throw new Refusal(`${unreadable}: unmarshalling checkpoint: invalid checkpoint`);
  const own = keyHash(log.publicKey);
  const text = new TextEncoder().encode(note.text);
  const good = note.signatures.every(
    (one) => one.keyHash === own && verifyAsGo(log.publicKey, 'sha256', text, one.signature),
  );
  if (!good) throw new Refusal('signature on checkpoint did not verify');
  if (!Buffer.from(checkpoint.rootHash).equals(proof.rootHash)) {
    const [expected, got] = [toHex(proof.rootHash), toHex(checkpoint.rootHash)];
    throw new Refusal(`proof root hash does not match signed tree head, expected ${expected} got ${got}`);
  }
}

// transparency-dev/formats:log/checkpoint.go ParseCheckpoint, rekor-tiles:pkg/note/note.go NewNoteVerifier
function openCheckpoint(envelope: string, name: string, log: LogAuthority) {
  const facts = keyFacts(log.publicKey);
  if (facts === undefined) throw new Unknowable('a key of the log that cosign does not load');
  const own = noteKeyHash(name, log.publicKey, facts);
  const failed = 'failed to verify signatures on checkpoint';
  const note = readNote(envelope);
  if (note === undefined) throw new Refusal(`${failed}: malformed note`);
  const signature = note.signatures.find((one) => one.name === name && one.keyHash === own);
  if (signature === undefined) throw new Refusal(`${failed}: note has no verifiable signatures`);
  const text = new TextEncoder().encode(note.text);
  if (!verifyAsGo(log.publicKey, facts.digest, text, signature.signature)) {
    const id = own.toString(16).padStart(8, '0');
    throw new Refusal(`${failed}: invalid signature for key ${name}+${id}`);
  }
  const checkpoint = readCheckpoint(note.text);
  if (checkpoint === undefined) throw new Refusal('failed to unmarshal checkpoint: invalid checkpoint');
  if (checkpoint.origin !== name) {
    throw new Refusal(`got Origin ${JSON.stringify(checkpoint.origin)} but expected ${JSON.stringify(name)}`);
  }
  return checkpoint;
}

function noteKeyHash(name: string, key: KeyObject, { kind }: KeyFacts): number {
  if (kind === 'ecdsa') return keyHash(key);
  const spki = key.export({ format: 'der', type: 'spki' });
  const hash = createHash('sha256');
  if (kind === 'ed25519') hash.update(`${name}\n\x01`).update(spki.subarray(-32));
  else hash.update(`${name}\n`).update(Buffer.of(255)).update('PKIX-RSA-PKCS#1v1.5').update(spki);
  return hash.digest().readUInt32BE(0);
}

function matchRoot(
  leafHash: Uint8Array,
  proof: Parameters<typeof rootFromProof>[1],
  expected: Uint8Array,
): void {
  let root: Uint8Array;
  try {
    root = rootFromProof(leafHash, proof);
  } catch (error) {
    throw new Refusal(error instanceof RangeError ? error.message : String(error));
  }
  // cosign prints both as lists of numbers.
  if (!Buffer.from(root).equals(expected)) {
    throw new Refusal('calculated root: … does not match expected root: …');
  }
}

/** Rekor v1 entries say what they record, and all of it must be the bundle's. */
function compareBody(body: BundleEntry['body'], bundle: CosignBundle, signer: BundleSigner): void {
  if (body.version !== 1 || body.kind === 'unsupported') return;
  const { message, envelope } = bundle;
  const signature = message?.signature ?? envelope?.signatures[0]?.sig ?? new Uint8Array(0);
  if (!Buffer.from(body.signature).equals(signature)) {
    throw new Refusal('transparency log signature does not match');
  }
  if (!isSameVerifier(body.verifier, signer))
    throw new Refusal('transparency log certificate does not match');
  if (message !== undefined) {
    if (body.kind !== 'hashedrekord') {
      throw new Refusal('transparency log entry is not a hashedrekord or missing digest');
    }
    if (body.hash !== toHex(message.digest)) {
      throw new Refusal(
        `transparency log hashedrekord entry digest ${body.hash} does not match artifact ${toHex(message.digest)}`,
      );
    }
    return;
  }
  if (body.kind === 'hashedrekord') {
    throw new Refusal('transparency log rekor v1 entry is not a dsse_v001 or intoto_v002 entry');
  }
  const payloadHash = createHash('sha256')
    .update(envelope?.payload ?? '')
    .digest('hex');
  if (body.payloadHash !== payloadHash) {
    throw new Refusal(
      `transparency log dsse/intoto entry payload hash ${payloadHash} does not match envelope payload hash ${body.payloadHash}`,
    );
  }
}

function isSameVerifier(pem: string, signer: BundleSigner): boolean {
  const der = readPem(pem)?.[0]?.der;
  if (der === undefined) return false;
  if ('certificate' in signer) return der.equals(signer.certificate.der);
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return signer.key !== undefined && key.equals(signer.key);
  } catch {
    return false;
  }
}

function isValidAt(signer: BundleSigner, time: number): boolean {
  if ('certificate' in signer) return signer.certificate.isValidAt(time);
  return signer.key !== undefined;
}
