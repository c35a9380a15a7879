/**
 * Public keys in ASCII armor (RFC 9580 section 6.2), without headers, with the checksum that older readers want.
 * @param binary one or several certificates
 */
export function armorPublicKeys(binary: Uint8Array): string {
  let latin = '';
  for (const byte of binary) latin += String.fromCharCode(byte);
  const lines = btoa(latin).match(/.{1,64}/g) ?? [];
  const sum = crc24(binary);
  const checksum = btoa(String.fromCharCode(sum >> 16, (sum >> 8) & 255, sum & 255));
  const kind = 'PGP PUBLIC KEY BLOCK';
  return `-----BEGIN ${kind}-----\n\n${lines.join('\n')}\n=${checksum}\n-----END ${kind}-----\n`;
}

// RFC 9580 section 6.1.1.
function crc24(bytes: Uint8Array): number {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) {
      crc <<= 1;
      if ((crc & 0x1000000) !== 0) crc ^= 0x1864cfb;
    }
  }
  return crc & 0xffffff;
}
