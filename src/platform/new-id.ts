import type { Clock } from '../base/clock.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** Random digits of an id. */
const LENGTH = 16;

/**
 * A ULID (github.com/ulid/spec): 48 bits of milliseconds and 80 random bits in Crockford's base 32, so that ids of
 * reports and requests sort by time and cannot be guessed.
 */
export function newId(clock: Clock): string {
  let time = clock();
  let head = '';
  for (let i = 0; i < 10; i++) {
    head = ALPHABET[time % 32] + head;
    time = Math.floor(time / 32);
  }
  let tail = '';
  for (const byte of nextRandom()) tail += ALPHABET[byte % 32];
  return head + tail;
}

let pool = new Uint8Array(0);

// Asking for randomness costs the same for sixteen bytes as for a thousand; each byte is used once.
function nextRandom(): Uint8Array {
  if (pool.length < LENGTH) pool = crypto.getRandomValues(new Uint8Array(64 * LENGTH));
  const taken = pool.subarray(0, LENGTH);
  pool = pool.subarray(LENGTH);
  return taken;
}
