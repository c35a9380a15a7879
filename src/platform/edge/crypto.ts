import * as crypto from 'node:crypto';

// Stands for the bare module `crypto` in Worker bundles (`[alias]` in wrangler.toml), which @sigstore/core and
// @tufjs/models import; our own code imports `node:crypto`. Three things differ between Node and workerd there (seen
// with workerd of 2026-11-17), and with each of them a good signature "does not fit":
//
// - `verify(undefined, …)` takes OpenSSL's default digest, SHA-256, for RSA and ECDSA keys; BoringSSL has no default and
//   throws (workerd: src/workerd/api/node/crypto.c++, verifyOneShot). (Ed25519 has no digest on either side.)
// - `verify(…, { key: KeyObject }, …)` takes the key out of the object; workerd throws.
// - `verify` of workerd does not look at `padding`, so that RSA-PSS is taken for PKCS #1; its `createVerify` does.
//
// Fewer signatures hold without this, never more: what throws is caught there and counts as one that does not fit.
// `test/sigstore/conformance.test.ts` and `test/platform/trust-edge.test.ts` run the same cases in both runtimes.

type VerifyKey = Parameters<typeof crypto.verify>[2];

const NO_DIGEST = ['ed25519', 'ed448'];

export * from 'node:crypto';

/** `crypto.verify` with the meaning it has on Node; only the form without a callback. */
export function verify(
  algorithm: string | null | undefined,
  data: NodeJS.ArrayBufferView,
  key: VerifyKey,
  signature: NodeJS.ArrayBufferView,
): boolean {
  const object = keyObjectOf(key);
  const type = object.asymmetricKeyType ?? '';
  const digest = algorithm ?? (NO_DIGEST.includes(type) ? undefined : 'sha256');
  const options = optionsOf(key);
  if (Object.keys(options).length === 0 || digest === undefined) {
    return crypto.verify(digest, data, object, signature);
  }
  const pem = object.export({ type: 'spki', format: 'pem' });
  return crypto
    .createVerify(digest)
    .update(data)
    .verify({ key: pem, ...options }, signature);
}

function keyObjectOf(key: VerifyKey): crypto.KeyObject {
  if (key instanceof crypto.KeyObject) return key;
  if (typeof key === 'object' && 'key' in key && key.key instanceof crypto.KeyObject) return key.key;
  return crypto.createPublicKey(key as crypto.PublicKeyInput | string);
}

/** What stands beside the key and has a meaning for `verify`; none of it must get lost. */
function optionsOf(key: VerifyKey): crypto.SigningOptions {
  const { padding, saltLength, dsaEncoding } = Object(key) as crypto.SigningOptions;
  return {
    ...(padding === undefined ? {} : { padding }),
    ...(saltLength === undefined ? {} : { saltLength }),
    ...(dsaEncoding === undefined ? {} : { dsaEncoding }),
  };
}

// biome-ignore lint/style/noDefaultExport: `crypto` has one, and the packages use it
export default { ...crypto, verify };
