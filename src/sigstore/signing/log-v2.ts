import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { TransparencyLogEntry } from '@sigstore/bundle';
import { TransparencyLogEntry as Entry } from '@sigstore/protobuf-specs';
import { canonicalJson } from '../../base/canonical-json.ts';
import { ChartsealError } from '../../base/error.ts';
import { checkEntryShape } from '../bundle-shape.ts';
import { askService, type ServiceAccess } from './ask-service.ts';
import { HASH_NAMES, type Hash, signatureOf, signedBytes } from './content.ts';
import { answerJson, objectAt, refusal, saying, unlike } from './read-answer.ts';
import { readVerifier, type Verifier } from './read-verifier.ts';
import { unusableKey } from './unusable-key.ts';
import type { SignedContent, Witness, WitnessOptions } from './witness.ts';

/**
 * It answers when the entry is in a published checkpoint, which takes some seconds: rekor-tiles:CLIENTS.md asks clients to
 * wait 20 s at least.
 */
const TIMEOUT_MS = 60_000;
const MAX_ANSWER = 256 * 1024;

/**
 * A Rekor log of version 2. Everything is entered as hashedrekord 0.0.2: for an envelope the hash is that of its
 * pre-authentication encoding, as Rekor 2.3.0 knows no other type (rekor-tiles:internal/server/service.go). Who signed is
 * entered as the certificate or the public key, with the kind of key.
 *
 * The log refuses an entry that it has (409) and does not give it out, which throws sign.log_duplicate.
 */
export function logV2(access: ServiceAccess, options: WitnessOptions): Witness {
  const what = `the transparency log ${new URL(options.url).host}`;
  return {
    testify: async (content, keyOrCertificate, signal) => {
      const verifier = readVerifier(keyOrCertificate);
      const { hash, name } = verifier.algorithm;
      if (hash === undefined) {
        throw unusableKey(
          `an ${name} signature cannot be entered into ${what}, whose entries hold the hash that was signed`,
        );
      }
      const record = toRecord(content, verifier, hash);
      const answer = await askService(access, {
        what,
        method: 'POST',
        url: `${options.url}/api/v2/log/entries`,
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({
          hashedRekordRequestV002: { digest: record.digest, signature: record.signature },
        }),
        timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
        maxBytes: MAX_ANSWER,
        signal,
      });
      if (answer.status === 409) {
        throw new ChartsealError('sign.log_duplicate', saying(what, answer), { retryable: true });
      }
      if (answer.status !== 200 && answer.status !== 201) throw refusal(what, answer);
      return { tlogEntries: [readEntry(what, answerJson(what, answer), record.body)] };
    },
  };
}

function toRecord(content: SignedContent, verifier: Verifier, hash: Hash) {
  const digest = digestOf(content, hash).toString('base64');
  const signature = {
    content: signatureOf(content).toString('base64'),
    verifier: {
      keyDetails: verifier.algorithm.keyDetails,
      [verifier.kind]: { rawBytes: verifier.der.toString('base64') },
    },
  };
  const data = { algorithm: HASH_NAMES[hash], digest };
  const spec = { hashedRekordV002: { data, signature } };
  return {
    digest,
    signature,
    body: canonicalJson({ apiVersion: '0.0.2', kind: 'hashedrekord', spec }),
  };
}

function digestOf(content: SignedContent, hash: Hash): Buffer {
  if (content.$case === 'messageSignature') return content.messageSignature.messageDigest.digest;
  const { payloadType, payload } = content.dsseEnvelope;
  return createHash(hash).update(signedBytes(payloadType, payload)).digest();
}

// The entry must be ours, byte for byte; that it is in the log is shown when the bundle is verified.
function readEntry(what: string, json: Record<string, unknown>, body: string): TransparencyLogEntry {
  let entry: Entry;
  try {
    checkEntryShape(json);
    entry = Entry.fromJSON(json);
  } catch {
    throw unlike(what, 'no log entry');
  }
  const { logId, kindVersion, inclusionProof, canonicalizedBody } = entry;
  if (kindVersion?.kind !== 'hashedrekord' || kindVersion.version !== '0.0.2') {
    throw unlike(what, 'an entry of another type than hashedrekord 0.0.2');
  }
  if (!canonicalizedBody.equals(Buffer.from(body))) {
    throw unlike(what, 'an entry of something else than was sent');
  }
  if (logId === undefined || !inclusionProof?.checkpoint?.envelope) {
    throw unlike(what, 'an entry without log id or without proof of inclusion');
  }
  const { hashes = [], logIndex, treeSize } = objectAt(json, 'inclusionProof') ?? {};
  // 64-bit numbers are text in proto JSON; what is 0 or empty is left out.
  const numbers = [entry.logIndex, logIndex ?? '0', treeSize].every((one) => /^\d{1,19}$/.test(String(one)));
  if (!Array.isArray(hashes) || hashes.length > 64 || !numbers) {
    throw unlike(what, 'an entry with a proof that is none');
  }
  return { ...entry, logId, kindVersion };
}
