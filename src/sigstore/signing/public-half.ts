import { createHash, type KeyObject } from 'node:crypto';
import type { SigstoreKey } from '../key.ts';
import { signatureAlgorithm } from './signature-algorithm.ts';

/** What is known of a key from its public half alone. */
export function publicHalf(keyObject: KeyObject): SigstoreKey {
  const spki = new Uint8Array(keyObject.export({ type: 'spki', format: 'der' }));
  const hash = createHash('sha256').update(spki).digest();
  return {
    spki,
    fingerprint: hash.toString('hex').toUpperCase(),
    hint: hash.toString('base64'),
    algorithm: signatureAlgorithm(keyObject).name,
    keyObject,
  };
}
