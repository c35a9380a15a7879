import { createHash, createPublicKey, verify, X509Certificate } from 'node:crypto';
import {
  type FakeLogEntry,
  type FakeRekor,
  type LoggedSignature,
  preAuthEncoding,
} from '../sigstore/index.ts';
import type { ServiceCall } from './create-services.ts';

/** What the logs know: of version 1 answers by id, of version 2 what was entered. */
export interface LogMemory {
  v1: Map<string, object>;
  v2: Set<string>;
}

// biome-ignore lint/suspicious/noExplicitAny: JSON of a request
type Body = any;

/** POST and GET /api/v1/log/entries, as Rekor 1 has them: an entry that is there is answered with 409 and its address. */
export function answerLogV1(call: ServiceCall, log: FakeRekor, memory: LogMemory, now: number): Response {
  const { pathname } = new URL(call.url);
  const uuid = /^\/api\/v1\/log\/entries\/([0-9a-f]{80})$/.exec(pathname)?.[1];
  if (call.method === 'GET' && uuid !== undefined) {
    const entry = memory.v1.get(uuid);
    return entry === undefined ? fault(404, 'entry not found') : Response.json({ [uuid]: entry });
  }
  if (call.method !== 'POST' || pathname !== '/api/v1/log/entries') return fault(404, 'not found');
  const { kind, apiVersion, spec } = JSON.parse(Buffer.from(call.body).toString());
  if (apiVersion !== '0.0.1') return fault(400, 'unknown version');
  const what = kind === 'dsse' ? fromEnvelope(spec) : kind === 'hashedrekord' ? fromRecord(spec) : undefined;
  if (what === undefined) return fault(400, `error processing entry: ${kind}`);
  const id = `1${'0'.repeat(15)}${createHash('sha256').update(what.signature).digest('hex')}`;
  if (memory.v1.has(id)) {
    const headers = { location: `/api/v1/log/entries/${id}` };
    return Response.json(
      { code: 409, message: `an equivalent entry already exists in the transparency log with UUID ${id}` },
      { status: 409, headers },
    );
  }
  const entry = answerOf(log.log(what, now));
  memory.v1.set(id, entry);
  return Response.json({ [id]: entry }, { status: 201 });
}

/** POST /api/v2/log/entries, as rekor-tiles 2.3.0 has it: hashedrekord and nothing else, each entry once. */
export function answerLogV2(call: ServiceCall, log: FakeRekor, memory: LogMemory, now: number): Response {
  if (call.method !== 'POST' || new URL(call.url).pathname !== '/api/v2/log/entries')
    return fault(404, 'Not Found');
  const text = Buffer.from(call.body).toString();
  const { hashedRekordRequestV002: request } = JSON.parse(text);
  if (request === undefined) return fault(400, 'invalid type, must be hashedrekord');
  const { content, verifier } = request.signature;
  const digest = Buffer.from(request.digest, 'base64');
  const hash = { 32: 'sha256', 48: 'sha384', 64: 'sha512' }[digest.length];
  const bits = /_(256|384|512)$|SHA(256)$/.exec(verifier.keyDetails);
  if (hash === undefined || `sha${bits?.[1] ?? bits?.[2]}` !== hash)
    return fault(400, 'invalid hashedrekord request');
  if (memory.v2.has(text))
    return Response.json({ code: 6, message: 'equivalent entry already exists' }, { status: 409 });
  memory.v2.add(text);
  const rawBytes = Buffer.from((verifier.publicKey ?? verifier.x509Certificate).rawBytes, 'base64');
  const what: LoggedSignature = {
    signature: Buffer.from(content, 'base64'),
    verifier: verifier.publicKey ? { key: { spki: rawBytes } as never } : { certificate: rawBytes },
    content: { kind: 'message', digest },
    keyDetails: verifier.keyDetails,
    hash,
  };
  return Response.json(log.log(what, now), { status: 201 });
}

function fromEnvelope({ proposedContent }: Body): LoggedSignature | undefined {
  const { envelope, verifiers } = proposedContent as { envelope: string; verifiers: string[] };
  const { payload, payloadType, signatures } = JSON.parse(envelope);
  const bytes = Buffer.from(payload, 'base64');
  const pae = preAuthEncoding(payloadType, bytes);
  const signature = Buffer.from(signatures[0].sig, 'base64');
  const pem = Buffer.from(verifiers[0]!, 'base64').toString();
  const { verifier, key } = readPem(pem);
  // SHA-256 whatever the key, as rekor:pkg/types/dsse/v0.0.1/entry.go.
  if (!verify(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', pae, key, signature)) return undefined;
  const content = { kind: 'dsse' as const, payload: bytes, payloadType, pae, envelope };
  return { signature, verifier, content, keyDetails: '', hash: 'sha256' };
}

function fromRecord({ data, signature }: Body): LoggedSignature {
  const { hash } = data as { hash: { algorithm: string; value: string } };
  const { content, publicKey } = signature as { content: string; publicKey: { content: string } };
  const pem = Buffer.from(publicKey.content, 'base64').toString();
  return {
    signature: Buffer.from(content, 'base64'),
    verifier: readPem(pem).verifier,
    content: { kind: 'message', digest: Buffer.from(hash.value, 'hex') },
    keyDetails: '',
    hash: hash.algorithm,
  };
}

function readPem(pem: string) {
  if (pem.includes('CERTIFICATE')) {
    const { raw, publicKey } = new X509Certificate(pem);
    return { verifier: { certificate: raw }, key: publicKey };
  }
  const key = createPublicKey(pem);
  return { verifier: { key: { publicKeyPem: pem } as never }, key };
}

function answerOf(entry: FakeLogEntry): object {
  const proof = entry.inclusionProof!;
  const hex = (base64: string) => Buffer.from(base64, 'base64').toString('hex');
  return {
    body: entry.canonicalizedBody,
    integratedTime: Number(entry.integratedTime),
    logID: hex(entry.logId.keyId),
    logIndex: Number(entry.logIndex),
    verification: {
      inclusionProof: {
        checkpoint: proof.checkpoint.envelope,
        hashes: proof.hashes.map(hex),
        logIndex: Number(proof.logIndex),
        rootHash: hex(proof.rootHash),
        treeSize: Number(proof.treeSize),
      },
      signedEntryTimestamp: entry.inclusionPromise?.signedEntryTimestamp,
    },
  };
}

function fault(status: number, message: string): Response {
  return Response.json({ code: status, message }, { status });
}
