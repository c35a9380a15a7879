import type { Keyring } from '../provenance/index.ts';
import type { Judgement } from './judge.ts';
import { trustsOf } from './schemes.ts';

/** The keys that the judged policy names, which is the keyring a prediction for Helm assumes. */
export function keyringsOf({ chosen }: Judgement): Keyring[] {
  return trustsOf(chosen, 'pgp').map(({ keyring }) => keyring);
}
