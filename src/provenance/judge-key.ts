import { type Config, type KeyID, PublicKey, SignaturePacket } from 'openpgp';
import type { Code } from '../base/codes.ts';
import { clean } from '../base/text.ts';

/** Something found that speaks against a signature or is worth stating. */
export interface Finding {
  code: Code;
  message: string;
}

/**
 * Could this key or subkey make signatures at a given time? openpgp.js decides (self-signatures, revocation, expiry,
 * key flags, cross-signature, algorithm and size); here its answer gets a code.
 * @param at the time to judge at; self-signatures must exist by then
 * @returns undefined when it could
 */
export async function judgeKey(
  key: PublicKey,
  keyId: KeyID,
  at: Date,
  rules: Config,
): Promise<Finding | undefined> {
  try {
    await undisturbed(key).getSigningKey(keyId, at, undefined, rules);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { code: codeFor(why), message: `${hex(keyId)}: ${clean(why)}` };
  }
}

/**
 * When the key, or the subkey with this id, expires as its newest self-signatures say, in milliseconds since the
 * epoch; Infinity when it does not.
 */
export async function keyExpiry(key: PublicKey, keyId: KeyID, now: Date, rules: Config): Promise<number> {
  const whole = undisturbed(key);
  const ends = [await whole.getExpirationTime(undefined, rules)];
  for (const subkey of whole.subkeys) {
    if (subkey.getKeyID().equals(keyId)) ends.push(await subkey.getExpirationTime(now, rules));
  }
  return Math.min(...ends.map((end) => (end === null ? Infinity : Number(end))));
}

/** Key ids are shown as Helm's and GnuPG's users know them. */
export function hex(keyId: KeyID): string {
  return `0x${keyId.toHex().toUpperCase()}`;
}

// openpgp.js tells these apart by message only (openpgpjs: src/key/helper.js, src/key/key.js).
function codeFor(message: string): Code {
  if (/revoked/.test(message)) return 'pgp.key_revoked';
  if (/RSA keys shorter than/.test(message)) return 'pgp.weak_key';
  if (/\bdsa keys are considered too weak/.test(message)) return 'pgp.dsa';
  if (/is disabled|keys are considered too weak|[Uu]nsupported|[Uu]nknown/.test(message)) {
    return 'pgp.unsupported';
  }
  if (/expired|in the future/.test(message)) return 'pgp.key_expired_at_signing';
  if (/key flags|embedded signature|key binding|valid signing key packet/.test(message))
    return 'pgp.key_flags';
  return 'pgp.key_expired_at_signing';
}

/**
 * openpgp.js notes on a self-signature that it was found revoked, and later believes that for every date. Where a key
 * has revocations of such signatures, it is judged on a copy, so that no judgement changes the next. Arithmetic that
 * was done is remembered in the copies' originals only when they were verified before; others are few and small.
 */
function undisturbed(key: PublicKey): PublicKey {
  const parts = [...key.users, ...key.subkeys];
  if (parts.every(({ revocationSignatures }) => revocationSignatures.length === 0)) return key;
  const packets = key.toPacketList();
  for (const [index, packet] of packets.entries()) {
    if (packet instanceof SignaturePacket) {
      const copy = Object.create(Object.getPrototypeOf(packet), Object.getOwnPropertyDescriptors(packet));
      packets[index] = Object.assign(copy, { revoked: null });
    }
  }
  return new PublicKey(packets);
}
