import { generateKeyPairSync } from 'node:crypto';
import { localKey } from './local-key.ts';
import type { SigningKey } from './signing-key.ts';

/** A new ECDSA P-256 key for one signature, which is never written anywhere. */
export function ephemeralKey(): SigningKey {
  return localKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
}
