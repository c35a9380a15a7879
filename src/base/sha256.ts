import { createHash } from 'node:crypto';

/**
 * The SHA-256 of bytes that are held whole. WebCrypto hands every digest to another thread and back, which on Node
 * costs many times what hashing a few kilobytes does; workerd has createHash with `nodejs_compat`.
 */
export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes.byteLength <= MAX_AT_ONCE) return createHash('sha256').update(bytes).digest();
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
}

/** What is hashed at once; more would keep other requests waiting. */
const MAX_AT_ONCE = 64 * 1024;
