import { type Config, enums, type PublicKey, type Subkey } from 'openpgp';
import { clean } from '../../base/text.ts';
import { hex, judgeKey } from '../judge-key.ts';
import { hasCommonCurve, openpgpRules } from '../openpgp-rules.ts';
import { unusable } from './unusable.ts';

/** Fewest bits of an RSA key that signs. Shorter ones are verified (from 2048), not used. */
const MIN_SIGNING_BITS = 3072;

/** What a signature made now is held to. */
export const SIGNING_RULES: Config = { ...openpgpRules([]), minRSABits: MIN_SIGNING_BITS };

/** A primary key or a subkey. */
export type KeyPart = PublicKey | Subkey;

/**
 * Chooses what signs: the primary key if it is RSA and may sign; else the newest subkey that may; else the primary
 * key if it may. Helm itself signs with the primary key only (pkg/provenance/sign.go), so whoever holds an older copy
 * of the certificate, without the subkey, can verify just that; and RSA is what every Helm verifies. Where the primary
 * key only certifies, or its secret is kept elsewhere, the subkey is what its owner made for signing.
 * @param at milliseconds since the epoch
 * @param hasSecret is the secret half of this part there?
 * @throws ChartsealError sign.key_unusable, with the reason for each part
 */
export async function chooseSigningPart(
  key: PublicKey,
  at: number,
  hasSecret: (part: KeyPart) => boolean = () => true,
): Promise<KeyPart> {
  const whole = await wholeKeyProblem(key, at);
  if (whole !== undefined) throw unusable(whole);
  const problems: string[] = [];
  const usable: KeyPart[] = [];
  for (const part of [key as KeyPart, ...[...key.subkeys].sort(newestFirst)]) {
    const problem = hasSecret(part) ? await partProblem(key, part, at) : 'its secret half is not in the file';
    if (problem === undefined) usable.push(part);
    else problems.push(`${part === key ? 'primary key' : 'subkey'} ${hex(part.getKeyID())}: ${problem}`);
  }
  const primary = usable.find((part) => part === key);
  const chosen = primary && isRsa(primary) ? primary : (usable.find((part) => part !== key) ?? primary);
  if (chosen === undefined) throw unusable(`the key cannot sign charts: ${problems.join('; ')}`);
  return chosen;
}

/** For people. */
export function describeAlgorithm(part: KeyPart): string {
  const { algorithm, bits, curve } = part.getAlgorithmInfo();
  if (bits !== undefined) return `${algorithm.startsWith('rsa') ? 'RSA' : algorithm.toUpperCase()}-${bits}`;
  return curve === undefined ? algorithm : `${algorithm === 'ecdsa' ? 'ECDSA' : algorithm} ${curve}`;
}

async function wholeKeyProblem(key: PublicKey, at: number): Promise<string | undefined> {
  const id = hex(key.getKeyID());
  if (key.keyPacket.version !== 4) {
    return `the key ${id} is of version ${key.keyPacket.version}; Helm verifies keys of version 4`;
  }
  if (key.users.length === 0) return `the key ${id} has no user id, without which Helm cannot load it`;
  if (Number(key.getCreationTime()) > at) {
    return `the key ${id} is made at ${key.getCreationTime().toISOString()}, which is to come: check the clocks`;
  }
  const end = await key.getExpirationTime(undefined, SIGNING_RULES).catch(() => null);
  if (end instanceof Date && Number(end) <= at) return `the key ${id} expired at ${end.toISOString()}`;
  const today = new Date(at);
  try {
    await key.verifyPrimaryKey(today, undefined, SIGNING_RULES);
  } catch (error) {
    return `the key ${id} is not valid: ${clean(error instanceof Error ? error.message : error)}`;
  }
  return undefined;
}

async function partProblem(key: PublicKey, part: KeyPart, at: number): Promise<string | undefined> {
  const packet = part.keyPacket;
  const algorithm = describeAlgorithm(part);
  const { rsaEncryptSign, rsaSign, ecdsa, eddsaLegacy, ed25519, ed448 } = enums.publicKey;
  if (
    !([rsaEncryptSign, rsaSign, ecdsa, eddsaLegacy, ed25519, ed448] as number[]).includes(packet.algorithm)
  ) {
    return `${algorithm} is not for signing, or not any more`;
  }
  const { bits } = part.getAlgorithmInfo();
  if (bits !== undefined && bits < MIN_SIGNING_BITS) {
    return `RSA of ${bits} bits; to sign takes ${MIN_SIGNING_BITS} or more`;
  }
  if (!hasCommonCurve(packet)) return `${algorithm}; the curves that Helm verifies are NIST P-256 and P-384`;
  if (part !== key) {
    const end = await (part as Subkey).getExpirationTime(new Date(at), SIGNING_RULES).catch(() => null);
    if (end instanceof Date && Number(end) <= at) return `expired at ${end.toISOString()}`;
  }
  // A subkey's own finding is better told than that of the search for it.
  const finding = await judgeKey(key, part.getKeyID(), new Date(at), SIGNING_RULES);
  if (finding === undefined) return undefined;
  if (
    finding.code === 'pgp.key_flags' ||
    /valid signing key packet in key [0-9a-f]+$/.test(finding.message)
  ) {
    return 'is not marked for signing (it may certify or encrypt only)';
  }
  return finding.message;
}

function isRsa(part: KeyPart): boolean {
  const { rsaEncryptSign, rsaSign } = enums.publicKey;
  return ([rsaEncryptSign, rsaSign] as number[]).includes(part.keyPacket.algorithm);
}

function newestFirst(a: Subkey, b: Subkey): number {
  return Number(b.getCreationTime()) - Number(a.getCreationTime());
}
