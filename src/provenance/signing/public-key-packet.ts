import { enums, PublicKeyPacket } from 'openpgp';
import { concatBytes } from '../../base/concat-bytes.ts';
import { uint16, uint32, writeNumber } from './signature-packet.ts';
import { unusable } from './unusable.ts';

/** A public-key packet of version 4: its bytes, and as openpgp.js reads them. */
interface KeyPacket {
  body: Uint8Array;
  packet: PublicKeyPacket;
}

/** Object identifiers of curves (RFC 9580, section 9.2), without tag, by their names in JSON Web Keys. */
const CURVES: Record<string, readonly number[]> = {
  'P-256': [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
  'P-384': [0x2b, 0x81, 0x04, 0x00, 0x22],
};

/**
 * The OpenPGP form of a public key.
 * @param spki SubjectPublicKeyInfo, DER
 * @param created milliseconds since the epoch; a part of the fingerprint
 * @throws ChartsealError sign.key_unusable for anything but RSA and NIST P-256 and P-384
 */
export async function publicKeyPacket(spki: Uint8Array, created: number): Promise<KeyPacket> {
  const material = (await readRsa(spki)) ?? (await readEcdsa(spki));
  if (material === undefined) throw unusable('the external key is neither RSA nor on NIST P-256 or P-384');
  const body = concatBytes([Uint8Array.of(4), uint32(Math.floor(created / 1000)), material]);
  const packet = new PublicKeyPacket();
  await (packet as unknown as { read(bytes: Uint8Array): Promise<unknown> }).read(body);
  return { body, packet };
}

async function readRsa(spki: Uint8Array): Promise<Uint8Array | undefined> {
  const jwk = await toJwk(spki, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' });
  if (jwk?.n === undefined || jwk.e === undefined) return undefined;
  const numbers = [jwk.n, jwk.e].map((number) => writeNumber(fromBase64Url(number)));
  return concatBytes([Uint8Array.of(enums.publicKey.rsaEncryptSign), ...numbers]);
}

async function readEcdsa(spki: Uint8Array): Promise<Uint8Array | undefined> {
  for (const [name, oid] of Object.entries(CURVES)) {
    const jwk = await toJwk(spki, { name: 'ECDSA', namedCurve: name });
    if (jwk?.x === undefined || jwk.y === undefined) continue;
    const point = concatBytes([Uint8Array.of(4), fromBase64Url(jwk.x), fromBase64Url(jwk.y)]);
    // The leading 4 has three bits.
    const number = concatBytes([uint16((point.length - 1) * 8 + 3), point]);
    return concatBytes([Uint8Array.of(enums.publicKey.ecdsa, oid.length, ...oid), number]);
  }
  return undefined;
}

async function toJwk(
  spki: Uint8Array,
  algorithm: RsaHashedImportParams | EcKeyImportParams,
): Promise<JsonWebKey | undefined> {
  try {
    const key = await crypto.subtle.importKey('spki', Uint8Array.from(spki), algorithm, true, ['verify']);
    return await crypto.subtle.exportKey('jwk', key);
  } catch {
    return undefined;
  }
}

function fromBase64Url(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (char) => char.charCodeAt(0));
}
