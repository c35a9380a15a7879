import { Buffer } from 'node:buffer';

/** Writes one block of a PEM file (RFC 7468), 64 characters a line, a line end at its end. */
export function writePem(label: string, der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .match(/.{1,64}/g);
  return `-----BEGIN ${label}-----\n${(lines ?? []).join('\n')}\n-----END ${label}-----\n`;
}
