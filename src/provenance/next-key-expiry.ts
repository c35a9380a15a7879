import { createReadOnce } from '../base/read-once.ts';
import type { Keyring, ParsedKey } from './read-keyring.ts';

/**
 * When a key of the keyrings (a primary key or subkey) expires next. What is said of a chart may change then, even
 * where the verdict judges keys at signing time: Helm judges them now.
 * @param now milliseconds since the epoch
 * @returns milliseconds since the epoch; undefined when no key will expire
 */
export async function nextKeyExpiry(keyrings: readonly Keyring[], now: number): Promise<number | undefined> {
  const keys = new Set(keyrings.flatMap((keyring) => keyring.keys));
  const times = (await Promise.all([...keys].map(expiriesOf))).flat().filter((time) => time > now);
  return times.length === 0 ? undefined : Math.min(...times);
}

// Looked up once a key: openpgp.js verifies the self-signatures for it.
const expiriesOf = createReadOnce(async ({ key }: ParsedKey): Promise<number[]> => {
  const dates = await Promise.all([
    key.getExpirationTime(),
    ...key.subkeys.map(async (subkey) => subkey.getExpirationTime().catch(() => null)),
  ]);
  return dates.flatMap((date) => (date instanceof Date ? [date.getTime()] : []));
});
