import type { SigningEntry } from '../config/index.ts';
import { type Keyring, type PgpTrust, readKeyring } from '../provenance/index.ts';

const keyrings = new WeakMap<SigningEntry, Promise<Keyring>>();

/** The public half of a signing key as a trust entry of its name; parsed once. */
export async function trustOf(key: SigningEntry): Promise<PgpTrust> {
  let keyring = keyrings.get(key);
  if (keyring === undefined) {
    keyring = readKeyring(key.signer.publicBinary);
    keyrings.set(key, keyring);
  }
  return { scheme: 'pgp', name: key.name, keyring: await keyring, expiry: 'now', unsafeAllow: [] };
}
