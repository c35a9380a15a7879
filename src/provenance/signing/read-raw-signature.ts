import { enums } from 'openpgp';
import { ChartsealError } from '../../base/error.ts';

/** What is known of the key a raw signature is by. */
export interface RawKey {
  algorithm: number;
  /** Length of an RSA modulus, or of r and s, in bytes. */
  size: number;
}

/**
 * The numbers of an OpenPGP signature from the raw signature of an external signer.
 * @throws ChartsealError sign.signer_refused when it is none for such a key
 */
export function readRawSignature(raw: Uint8Array, key: RawKey): Uint8Array[] {
  if (key.algorithm === enums.publicKey.ecdsa) {
    const numbers = readDer(raw);
    if (numbers?.every((number) => number.length <= key.size && number.some((byte) => byte !== 0)))
      return numbers;
    throw refused('its ECDSA signature is no pair of numbers in DER');
  }
  if (raw.length === key.size) return [raw];
  throw refused(`its RSA signature has ${raw.length} bytes, not the ${key.size} of the key`);
}

/** SEQUENCE of two INTEGERs, strictly; undefined when it is something else. Leading zero bytes are removed. */
function readDer(raw: Uint8Array): Uint8Array[] | undefined {
  // The longest, P-521, has 139 bytes: one length byte after 0x81.
  const start = raw[1] === 0x81 ? 3 : 2;
  const length = raw[start - 1] ?? 0x80;
  if (raw[0] !== 0x30 || length > (start === 3 ? 0xff : 0x7f) || raw.length !== start + length)
    return undefined;
  const numbers: Uint8Array[] = [];
  for (let at = start; at < raw.length; ) {
    const size = raw[at + 1] ?? 0;
    const number = raw.subarray(at + 2, at + 2 + size);
    if (raw[at] !== 0x02 || size === 0 || size > 0x7f || number.length !== size || number[0]! >= 0x80)
      return undefined;
    numbers.push(number[0] === 0 ? number.subarray(1) : number);
    at += 2 + size;
  }
  return numbers.length === 2 ? numbers : undefined;
}

function refused(why: string): ChartsealError {
  return new ChartsealError(
    'sign.signer_refused',
    `the answer of the external signer cannot be used: ${why}`,
  );
}
