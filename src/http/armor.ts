import { crc24 } from '../base/openpgp/crc24.ts';

/**
 * Public keys in ASCII armor (RFC 9580 section 6.2), without headers, with the checksum that older readers want.
 * @param binary one or several certificates
 */
export function armorPublicKeys(binary: Uint8Array): string {
  let latin = '';
  for (const byte of binary) latin += String.fromCharCode(byte);
  const lines = btoa(latin).match(/.{1,64}/g) ?? [];
  const kind = 'PGP PUBLIC KEY BLOCK';
  return `-----BEGIN ${kind}-----\n\n${lines.join('\n')}\n=${crc24(binary)}\n-----END ${kind}-----\n`;
}
