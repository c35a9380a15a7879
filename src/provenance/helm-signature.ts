import type { enums, PublicKeyPacket } from 'openpgp';
import { toHex } from '../base/hex.ts';
import {
  type Engine,
  type GoError,
  type HelmKey,
  type HelmSignature,
  type HelmSubpacket,
  other,
  readSignature,
  structural,
  unsupported,
} from './helm-packets.ts';
import { hasCommonCurve } from './openpgp-rules.ts';
import { refusal, SignedMessage } from './signed-message.ts';

/** What an engine takes from the subpackets of a signature. Times are seconds. */
export interface SignatureView {
  raw: HelmSignature;
  created: number;
  signatureLifetime?: number;
  keyLifetime?: number;
  /** Lower-case hex. */
  issuer?: string;
  issuerFingerprint?: string;
  isPrimaryId?: boolean;
  /** Undefined without a key flags subpacket. */
  flags?: number;
  revocationReason?: number;
  embedded?: SignatureView;
  notations: { name: string; critical: boolean }[];
}

const X_CRYPTO_KNOWN = new Set([2, 3, 9, 11, 16, 21, 22, 25, 27, 29, 30, 32]);
const GO_CRYPTO_KNOWN = new Set([
  2, 3, 4, 5, 6, 9, 11, 16, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 32, 33, 35, 39,
]);
const GO_CRYPTO_UNHASHED = new Set([16, 32, 33]);

/** Reads the subpackets as the engine does (parseSignatureSubpacket of both libraries). */
export function viewSignature(raw: HelmSignature, engine: Engine): SignatureView | GoError {
  const view: SignatureView = { raw, created: 0, notations: [] };
  for (const hashed of [true, false]) {
    for (const subpacket of hashed ? raw.hashed : raw.unhashed) {
      const error = engine === 'x/crypto' ? takeX(view, subpacket, hashed) : takeGo(view, subpacket, hashed);
      if (error !== undefined) return error;
    }
    if (view.created === 0) return structural('no creation time in signature');
  }
  return view;
}

function takeX(view: SignatureView, subpacket: HelmSubpacket, hashed: boolean): GoError | undefined {
  const { type, critical } = subpacket;
  if (type === 2 && !hashed) return structural('signature creation time in non-hashed area');
  if (!X_CRYPTO_KNOWN.has(type)) {
    return critical ? unsupported(`unknown critical signature subpacket type ${type}`) : undefined;
  }
  if (!hashed && type !== 16 && type !== 32) return undefined;
  if (type === 27 && subpacket.body.length === 0) return structural('empty key flags subpacket');
  return take(view, subpacket, 'x/crypto');
}

function takeGo(view: SignatureView, subpacket: HelmSubpacket, hashed: boolean): GoError | undefined {
  const { type, critical, body } = subpacket;
  if (!hashed && !GO_CRYPTO_UNHASHED.has(type)) return undefined;
  if (!GO_CRYPTO_KNOWN.has(type)) {
    return critical ? unsupported(`unknown critical signature subpacket type ${type}`) : undefined;
  }
  if (type === 4 && body[0] === 0) return unsupported('signature with non-exportable certification');
  if (type === 16 && view.raw.version > 4) {
    return hashed ? structural('issuer subpacket found in v6 key') : undefined;
  }
  if (type === 20) return takeNotation(view, subpacket);
  if (type === 33) {
    const version = body[0];
    if (version === undefined) return structural('empty issuer fingerprint subpacket');
    const fingerprint = body.subarray(1);
    if (fingerprint.length !== (version >= 5 ? 32 : 20)) return structural('bad fingerprint length');
    view.issuerFingerprint = toHex(fingerprint);
    view.issuer = version >= 5 ? view.issuerFingerprint.slice(0, 16) : view.issuerFingerprint.slice(-16);
    return undefined;
  }
  return take(view, subpacket, 'go-crypto');
}

function take(view: SignatureView, { type, body }: HelmSubpacket, engine: Engine): GoError | undefined {
  switch (type) {
    case 2:
      if (body.length !== 4) return structural('signature creation time not four bytes');
      view.created = uint32(body);
      return undefined;
    case 3:
      if (body.length !== 4) return structural('expiration subpacket with bad length');
      view.signatureLifetime = uint32(body);
      return undefined;
    case 9:
      if (body.length !== 4) return structural('key expiration subpacket with bad length');
      view.keyLifetime = uint32(body);
      return undefined;
    case 16:
      if (body.length !== 8) return structural('issuer subpacket with bad length');
      view.issuer = toHex(body);
      return undefined;
    case 25:
      if (body.length !== 1) return structural('primary user id subpacket with bad length');
      view.isPrimaryId = body[0] !== 0;
      return undefined;
    case 27:
      view.flags = body[0] ?? 0;
      return undefined;
    case 29:
      if (body.length === 0) return structural('empty revocation reason subpacket');
      view.revocationReason = body[0]!;
      return undefined;
    case 32:
      return takeEmbedded(view, body, engine);
    default:
      return undefined;
  }
}

function takeEmbedded(view: SignatureView, body: Uint8Array, engine: Engine): GoError | undefined {
  if (view.embedded !== undefined) return structural('Cannot have multiple embedded signatures');
  const read = readSignature(body, engine);
  if (read === undefined) return structural('signature subpacket truncated');
  if ('error' in read) return read.error;
  if (read.packet.kind !== 'signature') return unsupported(`signature packet version ${body[0]}`);
  const embedded = viewSignature(read.packet.signature, engine);
  if ('kind' in embedded) return embedded;
  if (embedded.raw.type !== 0x19) {
    return structural(`cross-signature has unexpected type ${embedded.raw.type}`);
  }
  view.embedded = embedded;
  return undefined;
}

function takeNotation(view: SignatureView, { body, critical }: HelmSubpacket): GoError | undefined {
  const bad = structural('notation data subpacket with bad length');
  if (body.length < 8) return bad;
  const nameLength = (body[4]! << 8) | body[5]!;
  if (body.length !== nameLength + ((body[6]! << 8) | body[7]!) + 8) return bad;
  view.notations.push({ name: new TextDecoder().decode(body.subarray(8, 8 + nameLength)), critical });
  return undefined;
}

const ALGORITHM_NAMES: Record<number, string> = {
  1: 'RSA',
  3: 'RSA',
  17: 'DSA',
  19: 'ECDSA',
  22: 'EdDSA',
  27: 'Ed25519',
  28: 'ed448',
};

/**
 * PublicKey.VerifySignature of the engine: the arithmetic, nothing about times and revocation.
 * @param data what SignaturePacket.verify of openpgp.js takes for this type of signature
 * @returns undefined when the signature is good
 */
export async function verifyAsHelm(
  key: HelmKey,
  view: SignatureView,
  data: object,
  engine: Engine,
): Promise<GoError | undefined> {
  const { raw } = view;
  const failure = other(
    `openpgp: invalid signature: ${ALGORITHM_NAMES[raw.algorithm] ?? 'RSA'} verification failure`,
  );
  // Go's crypto/rsa refuses keys below 1024 bits since Go 1.24.
  const bits = key.packet.getAlgorithmInfo().bits ?? 1024;
  if (raw.packet === undefined || ([1, 3].includes(raw.algorithm) && bits < 1024)) return failure;
  const tagError = other("openpgp: invalid signature: hash tag doesn't match");
  // Go picks the key by id before; inside, the issuer is not compared.
  raw.packet.issuerKeyID = key.packet.getKeyID();
  const first = await verdict(raw, key.packet, data);
  if (first === 'good') return undefined;
  if (first === 'tag') {
    if (engine === 'x/crypto' || raw.version > 4) return tagError;
    // go-crypto does not look at the two bytes of a version 4 signature.
    const hash = await digest(raw, data);
    if (hash === undefined) return failure;
    const before = raw.packet.signedHashValue;
    raw.packet.signedHashValue = hash.subarray(0, 2);
    const second = await verdict(raw, key.packet, data);
    raw.packet.signedHashValue = before;
    if (second === 'good') return undefined;
  }
  if (raw.algorithm !== key.algorithm) {
    return other('openpgp: invalid argument: public key and signature use different algorithms');
  }
  return failure;
}

type Verdict = 'good' | 'tag' | 'bad';

async function verdict(raw: HelmSignature, key: PublicKeyPacket, data: object): Promise<Verdict> {
  const why = await arithmetic(raw, key, data);
  if (why === undefined || /^Unknown critical|authorized key/.test(why)) return 'good';
  return why === 'Signed digest did not match' ? 'tag' : 'bad';
}

async function arithmetic(
  raw: HelmSignature,
  key: PublicKeyPacket,
  data: object,
): Promise<string | undefined> {
  const packet = raw.packet!;
  if (hasCommonCurve(key)) {
    return data instanceof SignedMessage
      ? data.verify(packet, raw.body, key)
      : refusal(packet, key, raw.type as enums.signature, data);
  }
  // On Node openpgp.js verifies such curves by a module it does not bring along; given a hash, it does so itself.
  Object.assign(packet, { hashed: await digest(raw, data) });
  const why = await refusal(packet, key, raw.type as enums.signature, data);
  Object.assign(packet, { hashed: undefined });
  return why;
}

async function digest({ hash, type, packet }: HelmSignature, data: object): Promise<Uint8Array | undefined> {
  const name = { 2: 'SHA-1', 8: 'SHA-256', 9: 'SHA-384', 10: 'SHA-512' }[hash];
  if (name === undefined) return undefined;
  // Not among the library's declared methods.
  const { toHash } = packet as unknown as {
    toHash: (type: number, data: object, detached: boolean) => Uint8Array<ArrayBuffer>;
  };
  return new Uint8Array(await crypto.subtle.digest(name, toHash.call(packet, type, data, true)));
}

function uint32(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
}
