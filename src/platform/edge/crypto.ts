import type { KeyObject } from 'node:crypto';
import * as crypto from 'node:crypto';

// Stands for the bare module `crypto` in Worker bundles (`[alias]` in wrangler.toml), which @sigstore/core and
// @tufjs/models import; our own code imports `node:crypto`. Two things differ between Node and workerd there
// (workerd: src/workerd/api/node/crypto.c++, verifyOneShot), and with both, every signature "does not fit":
//
// - `verify(undefined, …)` takes OpenSSL's default digest, SHA-256, for RSA and ECDSA keys; BoringSSL has no default and
//   throws. (Ed25519 has no digest on either side.)
// - `verify(…, { key: KeyObject }, …)` takes the key out of the object; workerd throws.
//
// Fewer signatures hold without this, never more: what throws is caught there and counts as one that does not fit.
// `test/sigstore/conformance.test.ts` runs the same cases in both runtimes.

const NO_DIGEST = ['ed25519', 'ed448'];

export * from 'node:crypto';

/** `crypto.verify` with Node's defaults. */
export function verify(
  algorithm: string | null | undefined,
  data: NodeJS.ArrayBufferView,
  key: crypto.KeyLike | crypto.VerifyKeyObjectInput,
  signature: NodeJS.ArrayBufferView,
): boolean {
  const plain = isWrapped(key) ? key.key : (key as KeyObject);
  if (algorithm !== null && algorithm !== undefined) return crypto.verify(algorithm, data, plain, signature);
  const type = (typeof plain === 'object' && 'asymmetricKeyType' in plain && plain.asymmetricKeyType) || '';
  return crypto.verify(NO_DIGEST.includes(type) ? undefined : 'sha256', data, plain, signature);
}

// Only an object that holds nothing but a key: options like `dsaEncoding` must not be lost.
function isWrapped(key: object | string): key is { key: KeyObject } {
  return typeof key === 'object' && Object.keys(key).join() === 'key';
}

// biome-ignore lint/style/noDefaultExport: `crypto` has one, and the packages use it
export default { ...crypto, verify };
