import * as crypto from 'node:crypto';

// Stands for the bare module `crypto` in bundles for workerd (wrangler.toml, [alias]): that is how @tufjs/models and
// @sigstore/core import it, while `node:crypto` stays what it is. workerd's `verify` differs from Node's in three ways,
// each of which makes verifications of theirs fail (closed); seen with workerd of 2026-11-17:
// - without a digest it takes Ed25519 keys alone; for the others Node asks OpenSSL for the default, which is SHA-256
//   (workerd:src/workerd/api/node/crypto.c++, verifyOneShot);
// - a KeyObject in a map, `{ key: KeyObject }`, is refused with ERR_INVALID_ARG_TYPE;
// - `padding` is ignored, so that RSA-PSS is taken for PKCS #1; `createVerify` does look at it.

type VerifyKey = Parameters<typeof crypto.verify>[2];

/** `crypto.verify` with the meaning it has on Node; only the form without a callback. */
export function verify(
  algorithm: string | null | undefined,
  data: NodeJS.ArrayBufferView,
  key: VerifyKey,
  signature: NodeJS.ArrayBufferView,
): boolean {
  if (typeof key !== 'object' || !('key' in key)) {
    return crypto.verify(algorithm ?? defaultDigest(key), data, key, signature);
  }
  const { padding, saltLength, dsaEncoding } = key as crypto.VerifyKeyObjectInput;
  const object = key.key instanceof crypto.KeyObject ? key.key : crypto.createPublicKey(key as never);
  const digest = algorithm ?? defaultDigest(object);
  const isPlain = padding === undefined && saltLength === undefined && dsaEncoding === undefined;
  if (isPlain || digest === undefined) return crypto.verify(digest, data, object, signature);
  const pem = object.export({ type: 'spki', format: 'pem' });
  const options = {
    key: pem,
    ...(padding === undefined ? {} : { padding }),
    ...(saltLength === undefined ? {} : { saltLength }),
    ...(dsaEncoding === undefined ? {} : { dsaEncoding }),
  };
  return crypto.createVerify(digest).update(data).verify(options, signature);
}

function defaultDigest(key: VerifyKey): string | undefined {
  const object = key instanceof crypto.KeyObject ? key : crypto.createPublicKey(key as never);
  return object.asymmetricKeyType?.startsWith('ed') === true ? undefined : 'sha256';
}

export * from 'node:crypto';
// What is written in CommonJS takes the module as a whole.
// biome-ignore lint/style/noDefaultExport: `crypto` has one
export default { ...crypto, verify };
