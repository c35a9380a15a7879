import type { PublicKey } from 'openpgp';

/**
 * Is the key, or a subkey of it, among the blocked signers?
 * @param blocked fingerprints or key ids of 16 hex digits and more, in any case, with or without 0x and blanks
 */
export function isBlockedSigner(key: PublicKey, blocked: readonly string[]): boolean {
  if (blocked.length === 0) return false;
  const own = key.getKeys().flatMap((part) => [part.getFingerprint(), part.getKeyID().toHex()]);
  return blocked.some((given) => {
    const wanted = given.replace(/\s+/g, '').replace(/^0x/i, '').toLowerCase();
    // Between key id and fingerprint lie the longer tails some tools print.
    return wanted.length >= 16 && own.some((id) => id.endsWith(wanted));
  });
}
