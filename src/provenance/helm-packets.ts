import { PublicKeyPacket, SignaturePacket } from 'openpgp';
import { toHex } from '../base/hex.ts';
import { bytesToLatin1 } from '../base/openpgp/latin1.ts';
import { type RawPacket, TAG } from '../base/openpgp/split-packets.ts';

/** The two OpenPGP libraries of Helm: golang.org/x/crypto up to 3.21.3, ProtonMail/go-crypto from 3.21.4 and in 4. */
export type Engine = 'x/crypto' | 'go-crypto';

/** An error as Go's libraries give it. Whoever reads on after an error looks at the kind. */
export interface GoError {
  kind: 'unsupported' | 'structural' | 'other';
  /** Go's words. */
  message: string;
}

export const unsupported = (what: string): GoError => ({
  kind: 'unsupported',
  message: `openpgp: unsupported feature: ${what}`,
});
export const structural = (what: string): GoError => ({
  kind: 'structural',
  message: `openpgp: invalid data: ${what}`,
});
export const other = (message: string): GoError => ({ kind: 'other', message });

export interface HelmKey {
  version: number;
  /** Seconds since the epoch. */
  created: number;
  algorithm: number;
  /** Lower-case hex. */
  keyId: string;
  fingerprint: string;
  packet: PublicKeyPacket;
  /** What signatures over the key cover, for openpgp.js: the packet as it stands, as Go hashes it. */
  hashed: { writeForHash: (signatureVersion: number) => Uint8Array };
}

export interface HelmSubpacket {
  type: number;
  critical: boolean;
  body: Uint8Array;
}

export interface HelmSignature {
  version: number;
  type: number;
  algorithm: number;
  hash: number;
  hashed: HelmSubpacket[];
  unhashed: HelmSubpacket[];
  /** The whole packet. */
  body: Uint8Array;
  /** Undefined when openpgp.js cannot read it. */
  packet: SignaturePacket | undefined;
}

export type HelmPacket =
  | { kind: 'key'; subkey: boolean; key: HelmKey }
  | { kind: 'signature'; signature: HelmSignature }
  | { kind: 'userId'; id: string; body: Uint8Array }
  | { kind: 'other' };

/** A packet, the error of reading it, or undefined for one that is passed over. */
export type HelmRead = { packet: HelmPacket } | { error: GoError } | undefined;

const cache = new WeakMap<RawPacket, Map<Engine, Promise<HelmRead>>>();

/** Reads a packet as `packet.Read` of the engine does; each packet is read once. */
export function readHelmPacket(raw: RawPacket, engine: Engine): Promise<HelmRead> {
  const known = cache.get(raw) ?? new Map<Engine, Promise<HelmRead>>();
  cache.set(raw, known);
  let read = known.get(engine);
  if (read === undefined) {
    read = readPacket(raw, engine);
    known.set(engine, read);
  }
  return read;
}

// What x/crypto's packet.Read knows; it passes over all else.
const X_CRYPTO_TAGS = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 14, 17, 18]);

async function readPacket(raw: RawPacket, engine: Engine): Promise<HelmRead> {
  const { tag, body } = raw;
  if (tag === TAG.publicKey || tag === TAG.publicSubkey) return readKey(raw, engine);
  if (tag === TAG.signature) return readSignature(body, engine);
  if (tag === TAG.userId) {
    return { packet: { kind: 'userId', id: bytesToLatin1(body), body } };
  }
  if (engine === 'x/crypto') return X_CRYPTO_TAGS.has(tag) ? { packet: { kind: 'other' } } : undefined;
  if (tag === TAG.trust || tag === TAG.marker || tag >= 40) return undefined;
  if (X_CRYPTO_TAGS.has(tag) || tag === 20 || tag === TAG.padding) return { packet: { kind: 'other' } };
  return { error: other(`openpgp: unknown critical packet type: ${tag}`) };
}

const CURVES: Record<string, 'nist' | 'go-crypto' | 'eddsa' | 'ecdh'> = {
  '2a8648ce3d030107': 'nist',
  '2b81040022': 'nist',
  '2b81040023': 'nist',
  '2b8104000a': 'go-crypto',
  '2b2403030208010107': 'go-crypto',
  '2b240303020801010b': 'go-crypto',
  '2b240303020801010d': 'go-crypto',
  '2b060104019755010501': 'ecdh',
  '2b656f': 'ecdh',
  '2b06010401da470f01': 'eddsa',
  '2b6571': 'eddsa',
};

async function readKey({ tag, body }: RawPacket, engine: Engine): Promise<HelmRead> {
  const version = body[0] ?? 0;
  if (body.length < 6) return { error: other('unexpected EOF') };
  if (engine === 'x/crypto' && version < 4) return { packet: { kind: 'other' } };
  if (engine === 'x/crypto' ? version !== 4 : version !== 4 && version !== 6) {
    return { error: unsupported(`public key version${engine === 'x/crypto' ? '' : ` ${version}`}`) };
  }
  const problem = keyProblem(body, version, engine);
  if (problem !== undefined) return { error: problem };
  const packet = new PublicKeyPacket();
  try {
    await packet.read(body);
  } catch {
    return { error: unsupported(`public key type: ${body[5]}`) };
  }
  const fingerprint = await fingerprintOf(body, version);
  const key: HelmKey = {
    version,
    created: Number(packet.created) / 1000,
    algorithm: packet.algorithm,
    keyId: version === 6 ? fingerprint.slice(0, 16) : fingerprint.slice(-16),
    fingerprint,
    packet,
    hashed: { writeForHash: (signatureVersion) => forHash(body, signatureVersion) },
  };
  return { packet: { kind: 'key', subkey: tag === TAG.publicSubkey, key } };
}

// openpgp.js writes big integers anew, with the right bit lengths; Go keeps those it has read.
async function fingerprintOf(body: Uint8Array, version: number): Promise<string> {
  const hash = await crypto.subtle.digest(version === 6 ? 'SHA-256' : 'SHA-1', forHash(body, version));
  return toHex(new Uint8Array(hash));
}

function forHash(body: Uint8Array, signatureVersion: number): Uint8Array<ArrayBuffer> {
  const wide = signatureVersion >= 5;
  const result = new Uint8Array((wide ? 5 : 3) + body.length);
  const view = new DataView(result.buffer);
  result[0] = 0x95 + signatureVersion;
  if (wide) view.setUint32(1, body.length);
  else view.setUint16(1, body.length);
  result.set(body, wide ? 5 : 3);
  return result;
}

function keyProblem(body: Uint8Array, version: number, engine: Engine): GoError | undefined {
  const algorithm = body[5]!;
  const material = body.subarray(version === 6 ? 10 : 6);
  const notKnown = unsupported(`public key type: ${algorithm}`);
  switch (algorithm) {
    case 1:
    case 2:
    case 3: {
      const modulus = Math.ceil(uint16(material, 0) / 8);
      return uint16(material, 2 + modulus) > 24 ? unsupported('large public exponent') : undefined;
    }
    case 16:
    case 17:
      return undefined;
    case 18:
    case 19:
    case 22:
      if (algorithm === 22 && engine === 'x/crypto') return notKnown;
      return curveProblem(material, algorithm, engine);
    case 25:
    case 26:
    case 27:
    case 28:
      return engine === 'x/crypto' ? notKnown : undefined;
    default:
      return notKnown;
  }
}

function curveProblem(material: Uint8Array, algorithm: number, engine: Engine): GoError | undefined {
  const length = material[0] ?? 0;
  if (engine === 'x/crypto' && length > 8) return unsupported(`invalid oid length: ${length}`);
  const oid = toHex(material.subarray(1, 1 + length));
  const curve = CURVES[oid];
  if (engine === 'x/crypto') return curve === 'nist' ? undefined : unsupported(`unsupported oid: ${oid}`);
  if (curve === undefined) return unsupported(`unknown oid: ${oid}`);
  const generic = curve === 'nist' || curve === 'go-crypto';
  const fits =
    algorithm === 22 ? curve === 'eddsa' : algorithm === 18 ? generic || curve === 'ecdh' : generic;
  return fits ? undefined : unsupported(`unsupported oid: ${oid}`);
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

const HASHES: Record<Engine, Set<number>> = {
  'x/crypto': new Set([1, 2, 3, 8, 9, 10, 11]),
  'go-crypto': new Set([2, 8, 9, 10, 11, 12, 14]),
};
const SIGNING: Record<Engine, Set<number>> = {
  'x/crypto': new Set([1, 3, 17, 19]),
  'go-crypto': new Set([1, 3, 17, 19, 22, 27, 28]),
};

/** Reads the body of a signature packet as the engine does, up to its subpackets. */
export function readSignature(body: Uint8Array, engine: Engine): HelmRead {
  const version = body[0];
  if (version === undefined) return { error: other('unexpected EOF') };
  // x/crypto has a type of its own for versions 2 and 3; nothing here is signed with them.
  if (engine === 'x/crypto' && (version === 2 || version === 3)) return { packet: { kind: 'other' } };
  if (version !== 4 && !(engine === 'go-crypto' && version === 6)) {
    return { error: unsupported(`signature packet version ${version}`) };
  }
  const [type, algorithm, hash] = [body[1] ?? 0, body[2] ?? 0, body[3] ?? 0];
  if (!SIGNING[engine].has(algorithm)) return { error: unsupported(`public key algorithm ${algorithm}`) };
  if (!HASHES[engine].has(hash)) return { error: unsupported(`hash function ${hash}`) };
  const wide = version === 6;
  const first = readArea(body, 4, wide);
  if ('kind' in first) return { error: first };
  const second = readArea(body, first.end, wide);
  if ('kind' in second) return { error: second };
  let packet: SignaturePacket | undefined = new SignaturePacket();
  try {
    packet.read(body);
  } catch {
    packet = undefined;
  }
  const signature = {
    version,
    type,
    algorithm,
    hash,
    hashed: first.list,
    unhashed: second.list,
    body,
    packet,
  };
  return { packet: { kind: 'signature', signature } };
}

function readArea(
  body: Uint8Array,
  at: number,
  wide: boolean,
): { list: HelmSubpacket[]; end: number } | GoError {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const start = at + (wide ? 4 : 2);
  if (start > body.length) return other('unexpected EOF');
  const end = start + (wide ? view.getUint32(at) : view.getUint16(at));
  if (end > body.length) return other('unexpected EOF');
  const list: HelmSubpacket[] = [];
  for (let next = start; next < end; ) {
    const first = body[next]!;
    const header = first < 192 ? 1 : first < 255 ? 2 : 5;
    if (next + header > end) return structural('signature subpacket truncated');
    const length =
      header === 1
        ? first
        : header === 2
          ? ((first - 192) << 8) + body[next + 1]! + 192
          : view.getUint32(next + 1);
    next += header;
    if (next + length > end) return structural('signature subpacket truncated');
    if (length === 0) return structural('zero length signature subpacket');
    const kind = body[next]!;
    list.push({
      type: kind & 0x7f,
      critical: (kind & 0x80) !== 0,
      body: body.subarray(next + 1, next + length),
    });
    next += length;
  }
  return { list, end };
}
