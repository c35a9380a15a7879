import { loadHelmKeyring } from './helm-keyring.ts';
import { ARITHMETIC_ONLY } from './openpgp-rules.ts';
import { type Keyring, type ParsedKey, readKeyring } from './read-keyring.ts';

/** A public key as it is published. */
export interface PublicKeyFacts {
  /** Upper-case hex, of the primary key. */
  fingerprint: string;
  keyId: string;
  /** Of the primary key: `rsa4096`, `nistP256`, `ed25519`, …. */
  algorithm: string;
  /** RFC 3339. */
  created: string;
  /** RFC 3339; null: never, or it cannot be said. */
  expires: string | null;
  revoked: boolean;
  userIds: string[];
  /** Can Helm up to 3.21.3 (x/crypto), and every later one (go-crypto), load it in a keyring? */
  helm: { old: boolean; new: boolean };
  /** The certificate, without armor. */
  binary: Uint8Array;
}

/**
 * The keys of a keyring with what their users want to know, and their bytes.
 * @param now milliseconds since the epoch, for revocation
 */
export async function describePublicKeys(keyring: Keyring, now: number): Promise<PublicKeyFacts[]> {
  return Promise.all(keyring.keys.map((parsed) => describe(parsed, now)));
}

async function describe(parsed: ParsedKey, now: number): Promise<PublicKeyFacts> {
  const binary = parsed.key.write();
  // Read anew: Helm judges the packets of this key alone, and openpgp.js remembers what it was asked of a key.
  const alone = await readKeyring(binary);
  const key = (alone.keys[0] as ParsedKey).key;
  const packets = alone.certificates[0] ?? [];
  const [old, recent] = await Promise.all(
    (['x/crypto', 'go-crypto'] as const).map((engine) => loadHelmKeyring(packets, engine)),
  );
  const expires = await key.getExpirationTime(undefined, ARITHMETIC_ONLY).catch(() => null);
  const { algorithm, bits, curve } = key.getAlgorithmInfo();
  return {
    fingerprint: parsed.fingerprint,
    keyId: parsed.keyId,
    algorithm: algorithm.startsWith('rsa') ? `rsa${bits ?? ''}` : (curve ?? algorithm).replace(/Legacy$/, ''),
    created: key.getCreationTime().toISOString(),
    expires: expires instanceof Date ? expires.toISOString() : null,
    revoked: await key.isRevoked(undefined, undefined, new Date(now), ARITHMETIC_ONLY),
    userIds: parsed.userIds,
    helm: { old: isOne(old), new: isOne(recent) },
    binary,
  };
}

function isOne(loaded: unknown): boolean {
  return Array.isArray(loaded) && loaded.length === 1;
}
