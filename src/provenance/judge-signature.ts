import { type Config, enums, type PublicKey, type SignaturePacket, type Subkey } from 'openpgp';
import { clean } from '../base/text.ts';
import { type Finding, hex, judgeKey, keyExpiry } from './judge-key.ts';
import { hasCommonCurve, openpgpRules, type UnsafeCrypto } from './openpgp-rules.ts';
import type { ParsedKey } from './read-keyring.ts';
import type { SignedMessage } from './signed-message.ts';

/** What a trust entry asks of signatures. */
interface SignatureRules {
  expiry: 'at-signing' | 'now';
  unsafeAllow: readonly UnsafeCrypto[];
}

/** What is found of one signature under the rules of one trust entry, for one of its keys. */
export interface Judgement {
  key: ParsedKey;
  /** What speaks against it; it holds when there is nothing. */
  problems: Finding[];
  /** What does not, and is worth stating. */
  facts: Finding[];
  /** Milliseconds since the epoch until which this judgement stands; Infinity when time does not change it. */
  holdsUntil: number;
}

type Verified = Finding | undefined;

/** One signature of a block. Its arithmetic is done once for each key, whatever the number of trust entries. */
export class BlockSignature {
  readonly packet: SignaturePacket;
  readonly #body: Uint8Array;
  readonly #message: SignedMessage;
  readonly #verified = new Map<string, Promise<Verified>>();

  constructor(packet: SignaturePacket, body: Uint8Array, message: SignedMessage) {
    this.packet = packet;
    this.#body = body;
    this.#message = message;
  }

  /** "0x" and the key id the signature names. */
  get keyId(): string {
    return hex(this.packet.issuerKeyID);
  }

  /** The keys among these that the signature may be by. */
  candidates(keys: readonly ParsedKey[]): ParsedKey[] {
    return keys.filter(({ key }) => key.getKeys(this.packet.issuerKeyID).length > 0);
  }

  /** Does the arithmetic hold for this key? Undefined when it does. */
  verify(key: ParsedKey): Promise<Verified> {
    const signer = signingPart(key.key, this.packet);
    const id = signer.getFingerprint();
    let verified = this.#verified.get(id);
    if (verified === undefined) {
      verified = verifyArithmetic(this.packet, this.#body, signer, this.#message);
      this.#verified.set(id, verified);
    }
    return verified;
  }

  /** Judges the signature for a key among its candidates. The order of the problems is that of their weight. */
  async judge(key: ParsedKey, rules: SignatureRules, now: number): Promise<Judgement> {
    const judgement: Judgement = { key, problems: [], facts: [], holdsUntil: Infinity };
    const packet = this.packet;
    const type = packet.signatureType;
    if (type !== enums.signature.binary && type !== enums.signature.text) {
      const shown = `0x${Number(type).toString(16).padStart(2, '0')}`;
      judgement.problems.push({
        code: 'pgp.signature_type',
        message: `the signature by ${this.keyId} is of type ${shown}, which signs no document`,
      });
      return judgement;
    }
    const curve = uncommonCurve(key.key, packet);
    if (curve !== undefined) {
      judgement.problems.push({
        code: 'pgp.unsupported',
        message: `the signature by ${this.keyId} cannot be verified: curve ${curve}`,
      });
      return judgement;
    }
    const wrong = await this.verify(key);
    if (wrong !== undefined) {
      judgement.problems.push(wrong);
      return judgement;
    }
    const config = openpgpRules(rules.unsafeAllow);
    judgement.problems.push(...judgePacket(packet, now, config));
    const signer = signingPart(key.key, packet);
    if (signer.getCreationTime() > packet.created!) {
      judgement.problems.push({
        code: 'pgp.key_expired_at_signing',
        message: `${this.keyId} is newer than the signature`,
      });
    }
    await judgeTimes(judgement, packet, rules, now, config);
    return judgement;
  }
}

function signingPart(key: PublicKey, packet: SignaturePacket): PublicKey | Subkey {
  return key.getKeys(packet.issuerKeyID)[0]!;
}

function uncommonCurve(key: PublicKey, packet: SignaturePacket): string | undefined {
  const { keyPacket } = signingPart(key, packet);
  const uncommon = [key.keyPacket, keyPacket].find((each) => !hasCommonCurve(each));
  return uncommon?.getAlgorithmInfo().curve;
}

async function verifyArithmetic(
  packet: SignaturePacket,
  body: Uint8Array,
  signer: PublicKey | Subkey,
  message: SignedMessage,
): Promise<Verified> {
  const why = await message.verify(packet, body, signer.keyPacket);
  if (why === undefined) return undefined;
  const by = hex(packet.issuerKeyID);
  // These come after the arithmetic (openpgpjs: src/packet/signature.js, verify).
  if (/^Unknown critical|authorized key/.test(why)) {
    return { code: 'pgp.unsupported', message: `the signature by ${by} asks for more: ${clean(why)}` };
  }
  if (/did not match|verification failed|algorithm used|not issued/.test(why)) {
    return { code: 'pgp.bad_signature', message: `the signature by ${by} does not fit the signed text` };
  }
  if (/^(Unknown|Unsupported|Invalid enum|Hash)/.test(why)) {
    return { code: 'pgp.unsupported', message: `the signature by ${by} cannot be verified: ${clean(why)}` };
  }
  return { code: 'pgp.bad_signature', message: `the signature by ${by} is not good: ${clean(why)}` };
}

/** What openpgp.js checks of the packet itself, at `now` (openpgpjs: src/packet/signature.js, verify). */
function judgePacket(packet: SignaturePacket, now: number, config: Config): Finding[] {
  const by = hex(packet.issuerKeyID);
  const problems: Finding[] = [];
  const hash = packet.hashAlgorithm!;
  if (config.rejectHashAlgorithms.has(hash) || config.rejectMessageHashAlgorithms.has(hash)) {
    const name = enums.read(enums.hash, hash).toUpperCase();
    problems.push({ code: 'pgp.weak_hash', message: `the signature by ${by} is made over ${name}` });
  }
  if (Number(packet.created) > now) {
    const message = `the signature by ${by} says it was made at ${packet.created!.toISOString()}, which is to come`;
    problems.push({ code: 'pgp.signed_in_future', message });
  }
  const end = packet.getExpirationTime();
  if (Number(end) <= now) {
    const message = `the signature by ${by} expired at ${new Date(Number(end)).toISOString()}`;
    problems.push({ code: 'pgp.signature_expired', message });
  }
  return problems;
}

async function judgeTimes(
  judgement: Judgement,
  packet: SignaturePacket,
  rules: SignatureRules,
  now: number,
  config: Config,
): Promise<void> {
  const { key } = judgement.key;
  const keyId = packet.issuerKeyID;
  const atSigning = await judgeKey(key, keyId, packet.created!, config);
  if (atSigning !== undefined) judgement.problems.push(atSigning);
  const today = new Date(now);
  const atPresent = await judgeKey(key, keyId, today, config);
  const expiry = await keyExpiry(key, keyId, today, config);
  judgement.holdsUntil = Number(packet.getExpirationTime());
  if (rules.expiry === 'now') judgement.holdsUntil = Math.min(judgement.holdsUntil, expiry);
  if (atPresent === undefined || atPresent.code === atSigning?.code) return;
  const finding: Finding =
    atPresent.code === 'pgp.key_expired_at_signing'
      ? { code: 'pgp.key_expired', message: expiredMessage(hex(keyId), expiry, now) }
      : atPresent;
  (rules.expiry === 'now' ? judgement.problems : judgement.facts).push(finding);
}

function expiredMessage(keyId: string, expiry: number, now: number): string {
  return expiry <= now
    ? `${keyId} expired at ${new Date(expiry).toISOString()}, after it signed`
    : `${keyId} is not valid today`;
}
