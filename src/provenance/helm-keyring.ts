import type { RawPacket } from '../base/openpgp/split-packets.ts';
import {
  type Engine,
  type GoError,
  type HelmKey,
  type HelmPacket,
  type HelmRead,
  readHelmPacket,
  structural,
} from './helm-packets.ts';
import { type SignatureView, verifyAsHelm, viewSignature } from './helm-signature.ts';

export interface HelmIdentity {
  self?: SignatureView;
  revocations: SignatureView[];
}

interface HelmSubkey {
  key: HelmKey;
  /** In x/crypto it may be a revocation, which then counts for the binding. */
  signature: SignatureView;
  revocations: SignatureView[];
}

/** A key as Helm holds it (openpgp.Entity). */
export interface HelmEntity {
  primary: HelmKey;
  identities: Map<string, HelmIdentity>;
  subkeys: HelmSubkey[];
  revocations: SignatureView[];
  /** Direct-key self-signature, which version 6 keys have. */
  direct?: SignatureView;
}

/**
 * Reads a binary keyring as `openpgp.ReadKeyRing` of the engine does. One packet that is not understood costs its key,
 * and with x/crypto also the key before it; the error is given when no key is left.
 */
export async function loadHelmKeyring(
  packets: readonly RawPacket[],
  engine: Engine,
): Promise<HelmEntity[] | GoError> {
  const reader = new Reader(packets, engine);
  const entities: HelmEntity[] = [];
  let lost: GoError | undefined;
  while (true) {
    const entity = await readEntity(reader);
    if (entity === undefined) break;
    if (!('kind' in entity)) {
      entities.push(entity);
      continue;
    }
    if (entity.kind === 'other') return entity;
    lost = entity;
    const failed = await toNextKey(reader);
    if (failed !== undefined) return failed;
  }
  return entities.length === 0 && lost !== undefined ? lost : entities;
}

class Reader {
  readonly engine: Engine;
  readonly #packets: readonly RawPacket[];
  #at = 0;

  constructor(packets: readonly RawPacket[], engine: Engine) {
    this.#packets = packets;
    this.engine = engine;
  }

  /** The next packet or error; undefined at the end. */
  async next(): Promise<Exclude<HelmRead, undefined> | undefined> {
    while (this.#at < this.#packets.length) {
      const read = await readHelmPacket(this.#packets[this.#at]!, this.engine);
      this.#at++;
      if (read === undefined) continue;
      const viewed = withView(read, this.engine);
      // go-crypto passes over what it does not support, x/crypto gives the error.
      if (this.engine === 'go-crypto' && 'error' in viewed && viewed.error.kind === 'unsupported') continue;
      return viewed;
    }
    return undefined;
  }

  unread(): void {
    this.#at--;
  }
}

/** Errors of subpackets are errors of reading the packet. */
function withView(read: Exclude<HelmRead, undefined>, engine: Engine): Exclude<HelmRead, undefined> {
  if ('error' in read || read.packet.kind !== 'signature') return read;
  const view = viewSignature(read.packet.signature, engine);
  return 'kind' in view ? { error: view } : read;
}

function viewOf(packet: HelmPacket, engine: Engine): SignatureView | undefined {
  if (packet.kind !== 'signature') return undefined;
  const view = viewSignature(packet.signature, engine);
  return 'kind' in view ? undefined : view;
}

async function toNextKey(reader: Reader): Promise<GoError | undefined> {
  while (true) {
    const read = await reader.next();
    if (read === undefined) return undefined;
    if ('error' in read) {
      if (read.error.kind === 'unsupported') continue;
      return read.error;
    }
    if (read.packet.kind === 'key' && !read.packet.subkey) {
      reader.unread();
      return undefined;
    }
  }
}

// RSA for encryption only, ElGamal; go-crypto also names ECDH.
function canSign(key: HelmKey, engine: Engine): boolean {
  return key.algorithm !== 2 && key.algorithm !== 16 && !(engine === 'go-crypto' && key.algorithm === 18);
}

async function readEntity(reader: Reader): Promise<HelmEntity | GoError | undefined> {
  const first = await reader.next();
  if (first === undefined) return undefined;
  if ('error' in first) return first.error;
  if (first.packet.kind !== 'key') {
    reader.unread();
    return structural('first packet was not a public/private key');
  }
  const primary = first.packet.key;
  const { engine } = reader;
  if (!canSign(primary, engine)) return structural('primary key cannot be used for signatures');
  const entity: HelmEntity = { primary, identities: new Map(), subkeys: [], revocations: [] };
  const revocations: SignatureView[] = [];
  const direct: SignatureView[] = [];
  while (true) {
    const read = await reader.next();
    if (read === undefined) break;
    if ('error' in read) return read.error;
    const { packet } = read;
    let failed: GoError | undefined;
    if (packet.kind === 'userId') failed = await addUserId(entity, reader, packet.id, packet.body);
    else if (packet.kind === 'signature') {
      const view = viewOf(packet, engine)!;
      if (view.raw.type === 0x20) revocations.push(view);
      else if (view.raw.type === 0x1f) direct.push(view);
    } else if (packet.kind === 'key') {
      if (!packet.subkey) {
        reader.unread();
        break;
      }
      failed = await addSubkey(entity, reader, packet.key);
    }
    if (failed !== undefined) return failed;
  }
  return finish(entity, revocations, direct, engine);
}

async function finish(
  entity: HelmEntity,
  revocations: SignatureView[],
  direct: SignatureView[],
  engine: Engine,
): Promise<HelmEntity | GoError> {
  const { primary } = entity;
  if (entity.identities.size === 0 && primary.version < 6) {
    return structural(
      engine === 'x/crypto'
        ? 'entity without any identities'
        : `v${primary.version} entity without any identities`,
    );
  }
  if (primary.version === 6) {
    const newest = direct.sort((a, b) => b.created - a.created)[0];
    if (newest === undefined) return structural('v6 entity without a valid direct-key signature');
    if (await verifyAsHelm(primary, newest, { key: primary.hashed }, engine)) {
      return structural('invalid direct-key self-signature for v6 primary key');
    }
    entity.direct = newest;
  }
  for (const revocation of revocations) {
    if (await verifyAsHelm(primary, revocation, { key: primary.hashed }, engine)) {
      return structural('revocation signature signed by alternate key');
    }
    entity.revocations.push(revocation);
  }
  return entity;
}

async function addUserId(
  entity: HelmEntity,
  reader: Reader,
  id: string,
  body: Uint8Array,
): Promise<GoError | undefined> {
  const { engine } = reader;
  const { primary } = entity;
  const identity: HelmIdentity = { revocations: [] };
  while (true) {
    const read = await reader.next();
    if (read === undefined) return undefined;
    if ('error' in read) return read.error;
    const view = viewOf(read.packet, engine);
    if (view === undefined) {
      reader.unread();
      return undefined;
    }
    const { type } = view.raw;
    const certifies = type >= 0x10 && type <= 0x13;
    if (engine === 'go-crypto' && !certifies && type !== 0x30) {
      return structural('user ID signature with wrong type');
    }
    const own =
      engine === 'x/crypto'
        ? (type === 0x13 || type === 0x10) && view.issuer === primary.keyId
        : isIssuedBy(view, primary);
    if (!own) continue;
    const data = { userID: { write: () => body }, key: primary.hashed };
    const failed = await verifyAsHelm(primary, view, data, engine);
    if (failed !== undefined) return structural(`user ID self-signature invalid: ${failed.message}`);
    if (engine === 'go-crypto' && type === 0x30) identity.revocations.push(view);
    else if (engine === 'x/crypto' || identity.self === undefined || view.created > identity.self.created) {
      identity.self = view;
    }
    entity.identities.set(id, identity);
  }
}

function isIssuedBy(view: SignatureView, key: HelmKey): boolean {
  return view.issuerFingerprint !== undefined
    ? view.issuerFingerprint === key.fingerprint
    : view.issuer === key.keyId;
}

async function addSubkey(entity: HelmEntity, reader: Reader, key: HelmKey): Promise<GoError | undefined> {
  const { engine } = reader;
  const revocations: SignatureView[] = [];
  let signature: SignatureView | undefined;
  while (true) {
    const read = await reader.next();
    if (read === undefined) break;
    if ('error' in read) return structural(`subkey signature invalid: ${read.error.message}`);
    const view = viewOf(read.packet, engine);
    if (view === undefined) {
      reader.unread();
      break;
    }
    const { type } = view.raw;
    if (type !== 0x18 && type !== 0x28) return structural('subkey signature with wrong type');
    const failed = await verifyBinding(entity.primary, key, view, engine);
    if (failed !== undefined) return structural(`subkey signature invalid: ${failed.message}`);
    if (type === 0x28) {
      revocations.push(view);
      if (engine === 'x/crypto') signature = view;
    } else if (signature === undefined || (signature.raw.type === 0x18 && view.created > signature.created)) {
      signature = view;
    }
  }
  if (signature === undefined) return structural('subkey packet not followed by signature');
  entity.subkeys.push({ key, signature, revocations });
  return undefined;
}

async function verifyBinding(
  primary: HelmKey,
  subkey: HelmKey,
  view: SignatureView,
  engine: Engine,
): Promise<GoError | undefined> {
  const data = { key: primary.hashed, bind: subkey.hashed };
  const failed = await verifyAsHelm(primary, view, data, engine);
  if (failed !== undefined || ((view.flags ?? 0) & 2) === 0) return failed;
  if (view.embedded === undefined) return structural('signing subkey is missing cross-signature');
  const crossed = await verifyAsHelm(subkey, view.embedded, data, engine);
  return crossed && structural(`error while verifying cross-signature: ${crossed.message}`);
}
