import { trustNames } from '../policy/index.ts';
import type { Keyring } from '../provenance/index.ts';
import type { Judgement } from './judge.ts';

/** The keys that the judged policy names, which is the keyring a prediction for Helm assumes. */
export function keyringsOf({ chosen: { policy, config } }: Judgement): Keyring[] {
  return trustNames(policy.require).flatMap((name) => config.trust.get(name)?.keyring ?? []);
}
