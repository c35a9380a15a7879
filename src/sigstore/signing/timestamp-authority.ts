import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { RFC3161Timestamp } from '@sigstore/core';
import { askService, type ServiceAccess } from './ask-service.ts';
import { signatureOf } from './content.ts';
import { refusal, unlike } from './read-answer.ts';
import type { Witness, WitnessOptions } from './witness.ts';

const TIMEOUT_MS = 30_000;
const MAX_ANSWER = 64 * 1024;

/**
 * Any timestamp authority of RFC 3161 (the request as DER over HTTP, section 3.4). It stamps the SHA-256 of the raw
 * signature, as sigstore's clients do; no certificate is asked for, as verifiers take it from their trusted root.
 *
 * Whether the signature of the token holds is shown when the bundle is verified.
 */
export function timestampAuthority(access: ServiceAccess, options: WitnessOptions): Witness {
  const what = `the timestamp authority ${new URL(options.url).host}`;
  return {
    testify: async (content, _keyOrCertificate, signal) => {
      const imprint = createHash('sha256').update(signatureOf(content)).digest();
      const answer = await askService(access, {
        what,
        method: 'POST',
        url: options.url,
        headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' },
        body: timestampRequest(imprint),
        timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
        maxBytes: MAX_ANSWER,
        signal,
      });
      // sigstore's answers 201.
      if (answer.status !== 200 && answer.status !== 201) throw refusal(what, answer);
      const signedTimestamp = Buffer.from(answer.bytes);
      checkAnswer(what, signedTimestamp, imprint);
      return { rfc3161Timestamps: [{ signedTimestamp }] };
    },
  };
}

/** TimeStampReq: version 1, the imprint by SHA-256, and none of the optional fields. */
function timestampRequest(sha256: Uint8Array): Uint8Array {
  // SEQUENCE { 1, SEQUENCE { SEQUENCE { 2.16.840.1.101.3.4.2.1, NULL }, OCTET STRING of 32 bytes } }
  return Buffer.concat([Buffer.from('30360201013031300d060960864801650304020105000420', 'hex'), sha256]);
}

function checkAnswer(what: string, der: Buffer<ArrayBuffer>, imprint: Buffer): void {
  let status: bigint;
  let stamped: { algorithm: string; digest: Buffer } | undefined;
  try {
    const reply = RFC3161Timestamp.parse(der);
    status = reply.status;
    if (status < 2n) {
      const { messageImprintHashAlgorithm, messageImprintHashedMessage } = reply.tstInfo;
      stamped = { algorithm: messageImprintHashAlgorithm, digest: messageImprintHashedMessage };
    }
  } catch {
    throw unlike(what, 'no timestamp of RFC 3161');
  }
  // granted, or grantedWithMods (RFC 3161, section 2.4.2)
  if (status !== 0n && status !== 1n) throw unlike(what, `it granted no timestamp (status ${status})`);
  if (stamped?.algorithm !== 'sha256' || !stamped.digest.equals(imprint)) {
    throw unlike(what, 'a timestamp of something else');
  }
}
