import { nextPacket, type RawPacket } from '../base/openpgp/split-packets.ts';
import type { HelmBlock } from './helm-clearsign.ts';
import type { HelmEntity, HelmIdentity } from './helm-keyring.ts';
import {
  type Engine,
  type GoError,
  type HelmKey,
  other,
  readHelmPacket,
  structural,
} from './helm-packets.ts';
import { type SignatureView, verifyAsHelm, viewSignature } from './helm-signature.ts';
import type { SignedMessage } from './signed-message.ts';

/** A key of a ring that may sign, as openpgp.Key. */
interface HelmSigner {
  entity: HelmEntity;
  key: HelmKey;
  self: SignatureView | undefined;
  revocations: SignatureView[];
}

const SIGN = 2;

/**
 * `openpgp.CheckDetachedSignature` of the engine: the first signature whose issuer is in the ring and may sign is
 * checked, and only that one.
 * @param message the text of the block
 * @param now milliseconds since the epoch
 * @returns undefined when Helm is content
 */
export async function checkAsHelm(
  ring: readonly HelmEntity[],
  block: HelmBlock,
  message: SignedMessage,
  engine: Engine,
  now: number,
): Promise<GoError | undefined> {
  const unknown = other('openpgp: signature made by unknown entity');
  const { packets, after } = split(block);
  for (const raw of packets) {
    const read = await readHelmPacket(raw, engine);
    if (read === undefined) continue;
    const skips = engine === 'go-crypto';
    if ('error' in read) {
      if (skips && read.error.kind === 'unsupported') continue;
      return read.error;
    }
    if (read.packet.kind !== 'signature') return structural('non signature packet found');
    const view = viewSignature(read.packet.signature, engine);
    if ('kind' in view) {
      if (skips && view.kind === 'unsupported') continue;
      return view;
    }
    if (view.issuer === undefined) return structural("signature doesn't have an issuer");
    const signers = findSigners(ring, view.issuer, engine);
    if (signers.length > 0) return checkBy(signers, view, message, engine, now);
  }
  return after ?? unknown;
}

function split(block: HelmBlock): { packets: RawPacket[]; after: GoError | undefined } {
  const packets: RawPacket[] = [];
  for (let at = 0; at < block.packets.length; ) {
    if ((block.packets[at]! & 0x80) === 0) {
      return { packets, after: structural('tag byte does not have MSB set') };
    }
    try {
      const { packet, end } = nextPacket(block.packets, at);
      packets.push(packet);
      at = end;
    } catch {
      return { packets, after: block.after ?? other('unexpected EOF') };
    }
  }
  return { packets, after: block.after };
}

/** KeysByIdUsage. */
function findSigners(ring: readonly HelmEntity[], issuer: string, engine: Engine): HelmSigner[] {
  const found: HelmSigner[] = [];
  for (const entity of ring) {
    if (entity.primary.keyId === issuer) {
      const self = engine === 'x/crypto' ? firstSelf(entity) : primarySelf(entity).self;
      found.push({ entity, key: entity.primary, self, revocations: entity.revocations });
    }
    for (const { key, signature, revocations } of entity.subkeys) {
      if (key.keyId === issuer) found.push({ entity, key, self: signature, revocations });
    }
  }
  return found.filter(({ entity, self }) => {
    if (engine === 'go-crypto') return self?.flags !== undefined && (self.flags & SIGN) !== 0;
    if (entity.revocations.length > 0 || self?.revocationReason !== undefined) return false;
    return self?.flags === undefined || (self.flags & SIGN) !== 0;
  });
}

function firstSelf(entity: HelmEntity): SignatureView | undefined {
  const selves = [...entity.identities.values()].map(({ self }) => self);
  return selves.slice(1).find((self) => self?.isPrimaryId) ?? selves[0];
}

/** PrimarySelfSignature with shouldPreferIdentity. */
function primarySelf(entity: HelmEntity): { self: SignatureView | undefined; identity?: HelmIdentity } {
  if (entity.primary.version === 6) return { self: entity.direct };
  let best: HelmIdentity | undefined;
  for (const identity of entity.identities.values()) {
    if (best === undefined || isPreferred(best, identity)) best = identity;
  }
  return best === undefined ? { self: undefined } : { self: best.self, identity: best };
}

function isPreferred(best: HelmIdentity, candidate: HelmIdentity): boolean {
  if (best.revocations.length !== candidate.revocations.length) {
    return best.revocations.length > candidate.revocations.length;
  }
  if (best.self === undefined) return true;
  const [before, after] = [best.self.isPrimaryId === true, candidate.self?.isPrimaryId === true];
  if (before !== after) return after;
  return (candidate.self?.created ?? 0) > best.self.created;
}

async function checkBy(
  signers: HelmSigner[],
  view: SignatureView,
  message: SignedMessage,
  engine: Engine,
  now: number,
): Promise<GoError | undefined> {
  const { type } = view.raw;
  if (type !== 0 && type !== 1)
    return other(`openpgp: unsupported feature: unsupported signature type: ${type}`);
  let failed: GoError | undefined;
  for (const signer of signers) {
    failed = await verifyAsHelm(signer.key, view, message, engine);
    if (failed === undefined) return engine === 'x/crypto' ? undefined : checkDetails(signer, view, now);
  }
  return failed;
}

/** checkMessageSignatureDetails of go-crypto: all judged now, not at the time of signing. */
function checkDetails(signer: HelmSigner, view: SignatureView, now: number): GoError | undefined {
  const seconds = Math.floor(now / 1000);
  const { entity, key } = signer;
  const { self, identity } = primarySelf(entity);
  const bySubkey = key !== entity.primary;
  const signatures = [view, self, ...(bySubkey ? [signer.self, signer.self?.embedded] : [])].filter(
    (signature) => signature !== undefined,
  );
  const notation = signatures.flatMap(({ notations }) => notations).find(({ critical }) => critical);
  if (notation !== undefined) {
    return other(`openpgp: invalid signature: unknown critical notation: ${notation.name}`);
  }
  const revoked =
    isRevoked(entity.revocations, seconds) ||
    (bySubkey && isRevoked(signer.revocations, seconds)) ||
    isRevoked(identity?.revocations ?? [], seconds);
  if (revoked) return other('openpgp: signature made by revoked key');
  if (isKeyExpired(entity.primary, self, seconds) || (bySubkey && isKeyExpired(key, signer.self, seconds))) {
    return other('openpgp: key expired');
  }
  if (signatures.some((signature) => isExpired(signature, seconds)))
    return other('openpgp: signature expired');
  return undefined;
}

function isRevoked(revocations: readonly SignatureView[], now: number): boolean {
  const compromised = 2;
  return revocations.some((each) => each.revocationReason === compromised || !isExpired(each, now));
}

function isKeyExpired(key: HelmKey, self: SignatureView | undefined, now: number): boolean {
  if (key.created > now) return true;
  return self?.keyLifetime ? now > key.created + self.keyLifetime : false;
}

function isExpired(signature: SignatureView, now: number): boolean {
  if (signature.created > now) return true;
  return signature.signatureLifetime ? now > signature.created + signature.signatureLifetime : false;
}
