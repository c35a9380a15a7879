import { Buffer } from 'node:buffer';

/** What a DSSE signature covers (secure-systems-lab/dsse:protocol.md, PAE). */
export function pae(payloadType: string, payload: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}
