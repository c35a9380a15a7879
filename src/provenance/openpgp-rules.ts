import { type Config, config, enums, type PublicKeyPacket } from 'openpgp';

/** What a trust entry may allow beyond the defaults. */
export type UnsafeCrypto = 'sha1' | 'rsa1024' | 'dsa';

// Objects of the library are shared by all of a process; they are copied, never changed.
const DEFAULTS: Config = { ...config };

/**
 * openpgp.js' default rules, loosened by exactly what is allowed: messages signed over SHA-1, RSA keys from 1024 bits,
 * DSA keys.
 */
export function openpgpRules(unsafeAllow: readonly UnsafeCrypto[]): Config {
  const rules: Config = { ...DEFAULTS };
  if (unsafeAllow.includes('sha1')) {
    rules.rejectMessageHashAlgorithms = without(rules.rejectMessageHashAlgorithms, enums.hash.sha1);
  }
  // A modulus of 1024 bits may have a leading zero bit.
  if (unsafeAllow.includes('rsa1024')) rules.minRSABits = 1023;
  if (unsafeAllow.includes('dsa')) {
    rules.rejectPublicKeyAlgorithms = without(rules.rejectPublicKeyAlgorithms, enums.publicKey.dsa);
  }
  return rules;
}

/** No rule but that the mathematics holds; for facts that are then judged one by one. */
export const ARITHMETIC_ONLY: Config = {
  ...DEFAULTS,
  minRSABits: 0,
  rejectHashAlgorithms: new Set(),
  rejectMessageHashAlgorithms: new Set(),
  rejectPublicKeyAlgorithms: new Set(),
  rejectCurves: new Set(),
};

/**
 * Is the key one that openpgp.js verifies alike on Node and on workerd? ECDSA on other curves than NIST's (secp256k1,
 * which it refuses by default, and Brainpool) needs a module on Node that it does not bring along.
 */
export function hasCommonCurve(key: Pick<PublicKeyPacket, 'algorithm' | 'getAlgorithmInfo'>): boolean {
  return key.algorithm !== enums.publicKey.ecdsa || (key.getAlgorithmInfo().curve ?? '').startsWith('nist');
}

function without<T>(set: ReadonlySet<T>, item: T): Set<T> {
  const copy = new Set(set);
  copy.delete(item);
  return copy;
}
