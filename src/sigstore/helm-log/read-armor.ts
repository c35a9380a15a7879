import { decodeArmor } from '../../base/openpgp/decode-armor.ts';

/**
 * The bytes of an armored OpenPGP block (RFC 9580, section 6.2) of one kind, the first in a text.
 * @param kind what stands behind BEGIN: `PGP SIGNATURE`, `PGP PUBLIC KEY BLOCK`
 * @returns undefined when there is none
 */
export function readArmor(text: string, kind: string): Uint8Array | undefined {
  const lines = text.split(/\r?\n/);
  const begin = lines.indexOf(`-----BEGIN ${kind}-----`);
  const end = lines.indexOf(`-----END ${kind}-----`, begin + 1);
  // Headers end with an empty line.
  const blank = lines.indexOf('', begin + 1);
  if (begin < 0 || end < 0 || blank < 0 || blank > end) return undefined;
  return decodeArmor(lines.slice(blank + 1, end));
}
