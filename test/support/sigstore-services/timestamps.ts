import { ASN1Obj } from '@sigstore/core';
import type { FakeTimestampAuthority } from '../sigstore/index.ts';
import type { ServiceCall } from './create-services.ts';

/** RFC 3161 over HTTP: a query in DER, by SHA-256. */
export function answerTimestamps(call: ServiceCall, tsa: FakeTimestampAuthority, now: number): Response {
  if (call.method !== 'POST' || call.headers.get('content-type') !== 'application/timestamp-query') {
    return new Response('use POST with application/timestamp-query', { status: 415 });
  }
  const query = ASN1Obj.parseBuffer(Buffer.from(call.body));
  const [version, imprint] = query.subs;
  const algorithm = imprint?.subs[0]?.subs[0]?.toOID();
  const digest = imprint?.subs[1]?.value;
  if (version?.toInteger() !== 1n || algorithm !== '2.16.840.1.101.3.4.2.1' || digest?.length !== 32) {
    return new Response('bad request', { status: 400 });
  }
  return new Response(new Uint8Array(tsa.stampDigest(digest, now)), {
    status: 201,
    headers: { 'content-type': 'application/timestamp-reply' },
  });
}
