import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { envelopeToJSON, type TransparencyLogEntry } from '@sigstore/bundle';
import { readPem } from '../../base/read-pem.ts';
import { askService, type ServiceAccess, type ServiceAnswer } from './ask-service.ts';
import { signatureOf } from './content.ts';
import { answerJson, fieldAt, objectAt, refusal, unlike } from './read-answer.ts';
import { readVerifier } from './read-verifier.ts';
import { unusableKey } from './unusable-key.ts';
import type { SignedContent, Witness, WitnessOptions } from './witness.ts';

const TIMEOUT_MS = 30_000;
const MAX_ANSWER = 512 * 1024;

/**
 * A Rekor log of version 1, as the public instance has it. An envelope is entered as dsse 0.0.1, a signature over a digest as
 * hashedrekord 0.0.1. An entry that is there already (409) is fetched and used.
 */
export function logV1(access: ServiceAccess, options: WitnessOptions): Witness {
  const what = `the transparency log ${new URL(options.url).host}`;
  const ask = (path: string, body: object | undefined, signal: AbortSignal | undefined) =>
    askService(access, {
      what,
      method: body === undefined ? 'GET' : 'POST',
      url: `${options.url}/api/v1/log/entries${path}`,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
      maxBytes: MAX_ANSWER,
      signal,
    });
  return {
    testify: async (content, keyOrCertificate, signal) => {
      let answer = await ask('', propose(content, keyOrCertificate, what), signal);
      if (answer.status === 409) answer = await ask(`/${existing(what, answer)}`, undefined, signal);
      if (answer.status !== 200 && answer.status !== 201) throw refusal(what, answer);
      const entry = readEntry(what, answerJson(what, answer));
      checkBody(what, entry.canonicalizedBody, content, keyOrCertificate);
      return { tlogEntries: [entry] };
    },
  };
}

function propose(content: SignedContent, keyOrCertificate: string, what: string): object {
  const verifier = Buffer.from(keyOrCertificate).toString('base64');
  const { hash, name } = readVerifier(keyOrCertificate).algorithm;
  if (content.$case === 'dsseEnvelope') {
    // rekor:pkg/types/dsse/v0.0.1/entry.go, verifyEnvelope
    if (hash !== undefined && hash !== 'sha256') {
      throw unusableKey(
        `an envelope signed by ${name} cannot be entered into ${what}, which takes SHA-256 alone`,
      );
    }
    const envelope = JSON.stringify(envelopeToJSON(content.dsseEnvelope));
    return {
      kind: 'dsse',
      apiVersion: '0.0.1',
      spec: { proposedContent: { envelope, verifiers: [verifier] } },
    };
  }
  if (hash === undefined) {
    throw unusableKey(`an ${name} signature over a digest cannot be entered into ${what}`);
  }
  return {
    kind: 'hashedrekord',
    apiVersion: '0.0.1',
    spec: {
      data: {
        hash: { algorithm: hash, value: content.messageSignature.messageDigest.digest.toString('hex') },
      },
      signature: { content: signatureOf(content).toString('base64'), publicKey: { content: verifier } },
    },
  };
}

/** The id of the entry that is there: of the address that the log gives nothing else is used. */
function existing(what: string, answer: ServiceAnswer): string {
  const uuid = /\/([0-9a-f]{64}|[0-9a-f]{80})$/.exec(answer.headers.get('location') ?? '');
  if (uuid === null) throw unlike(what, 'it has the entry already (409), and does not say where');
  return uuid[1]!;
}

function readEntry(what: string, json: Record<string, unknown>): TransparencyLogEntry {
  const [uuid = '', ...more] = Object.keys(json);
  const entry = objectAt(json, uuid);
  if (entry === undefined || more.length > 0) throw unlike(what, 'not with one log entry');
  const { body, integratedTime, logID, logIndex, verification } = entry;
  const promise = fieldAt(verification, 'signedEntryTimestamp');
  const proof = readProof(objectAt(verification, 'inclusionProof'));
  if (typeof body !== 'string' || !isIndex(integratedTime) || !isIndex(logIndex) || !isHex(logID)) {
    throw unlike(what, 'no log entry');
  }
  if (typeof promise !== 'string' || proof === undefined) {
    throw unlike(what, 'an entry without signed time or without proof of inclusion');
  }
  const canonicalizedBody = Buffer.from(body, 'base64');
  const { kind, apiVersion } = parse(canonicalizedBody);
  return {
    logIndex: String(logIndex),
    logId: { keyId: Buffer.from(logID, 'hex') },
    kindVersion: { kind: String(kind), version: String(apiVersion) },
    integratedTime: String(integratedTime),
    inclusionPromise: { signedEntryTimestamp: Buffer.from(promise, 'base64') },
    inclusionProof: proof,
    canonicalizedBody,
  };
}

function readProof(
  value: Record<string, unknown> | undefined,
): TransparencyLogEntry['inclusionProof'] | undefined {
  const { checkpoint, hashes, logIndex, rootHash, treeSize } = value ?? {};
  if (!isIndex(logIndex) || !isIndex(treeSize) || !isHex(rootHash)) return undefined;
  if (!Array.isArray(hashes) || hashes.length > 64 || !hashes.every(isHex)) return undefined;
  if (typeof checkpoint !== 'string' || checkpoint === '') return undefined;
  return {
    logIndex: String(logIndex),
    treeSize: String(treeSize),
    rootHash: Buffer.from(rootHash, 'hex'),
    hashes: hashes.map((hash: string) => Buffer.from(hash, 'hex')),
    checkpoint: { envelope: checkpoint },
  };
}

/** The entry must be of this signature, this key and this content; that it is in the log is shown when verifying. */
function checkBody(what: string, body: Buffer, content: SignedContent, keyOrCertificate: string): void {
  const entry = parse(body);
  const spec = objectAt(entry, 'spec');
  const own = content.$case === 'dsseEnvelope' ? ownEnvelope(spec, content) : ownRecord(spec, content);
  const kind = content.$case === 'dsseEnvelope' ? 'dsse' : 'hashedrekord';
  const verifier = own === undefined ? '' : Buffer.from(String(own), 'base64').toString();
  const same = readPem(verifier)?.[0]?.der.equals(readPem(keyOrCertificate)?.[0]?.der ?? Buffer.alloc(0));
  if (entry.kind !== kind || entry.apiVersion !== '0.0.1' || same !== true) {
    throw unlike(what, 'an entry of something else than was sent');
  }
}

/** Who signed, if the rest of the entry is that of the envelope. */
function ownEnvelope(
  spec: Record<string, unknown> | undefined,
  { dsseEnvelope }: Extract<SignedContent, { $case: 'dsseEnvelope' }>,
): unknown {
  const payloadHash = createHash('sha256').update(dsseEnvelope.payload).digest('hex');
  const hash = objectAt(spec, 'payloadHash');
  const signatures = fieldAt(spec, 'signatures');
  const [first, ...more] = Array.isArray(signatures) ? signatures : [];
  const signature = dsseEnvelope.signatures[0]?.sig.toString('base64');
  if (fieldAt(hash, 'algorithm') !== 'sha256' || fieldAt(hash, 'value') !== payloadHash) return undefined;
  if (more.length > 0 || fieldAt(first, 'signature') !== signature) return undefined;
  return fieldAt(first, 'verifier');
}

function ownRecord(
  spec: Record<string, unknown> | undefined,
  { messageSignature }: Extract<SignedContent, { $case: 'messageSignature' }>,
): unknown {
  const hash = objectAt(objectAt(spec, 'data'), 'hash');
  const signature = objectAt(spec, 'signature');
  if (fieldAt(hash, 'value') !== messageSignature.messageDigest.digest.toString('hex')) return undefined;
  if (fieldAt(signature, 'content') !== messageSignature.signature.toString('base64')) return undefined;
  return fieldAt(objectAt(signature, 'publicKey'), 'content');
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isHex(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 128 && /^([0-9a-f]{2})+$/.test(value);
}
