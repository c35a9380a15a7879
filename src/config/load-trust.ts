import type { Json } from '../base/canonical-json.ts';
import { toHex } from '../base/hex.ts';
import { sha256 } from '../base/sha256.ts';
import type { TrustFacts } from '../policy/index.ts';
import { type PgpTrust, readKeyring } from '../provenance/index.ts';
import type { Trust } from './config.ts';
import { normaliseFingerprint } from './normalise-fingerprint.ts';
import { quote } from './problem.ts';
import { wordsOf } from './words-of.ts';

/** A trust entry of PGP as it is written. */
interface TrustText {
  pgp: string;
  fingerprints?: string[] | undefined;
  expiry?: 'at-signing' | 'now' | undefined;
  unsafeAllow?: ('sha1' | 'rsa1024' | 'dsa')[] | undefined;
}

/** A trust entry with its keys, and what its policy's revision depends on. */
export interface LoadedTrust<T extends Trust = Trust> {
  trust: T;
  facts: TrustFacts;
}

/** In words what is wrong with the file of a trust entry. */
export interface UnusableTrust {
  problem: string;
  cause: unknown;
}

/**
 * Parses the keyring of a trust entry.
 * @param bytes of the file `text.pgp`
 */
export async function loadTrust(
  name: string,
  text: TrustText,
  bytes: Uint8Array,
): Promise<LoadedTrust<PgpTrust> | UnusableTrust> {
  const fingerprints = text.fingerprints?.map(normaliseFingerprint);
  const expiry = text.expiry ?? 'at-signing';
  const unsafeAllow = [...new Set(text.unsafeAllow ?? [])];
  let keyring: PgpTrust['keyring'];
  try {
    keyring = await readKeyring(bytes, fingerprints === undefined ? {} : { fingerprints });
  } catch (error) {
    return { problem: `cannot use the file ${quote(text.pgp)}: ${wordsOf(error)}`, cause: error };
  }
  const facts: { [key: string]: Json } = {
    scheme: 'pgp',
    file: await digestOf(bytes),
    fingerprints: fingerprints?.toSorted() ?? null,
    expiry,
    unsafeAllow: unsafeAllow.toSorted(),
  };
  return { trust: { scheme: 'pgp', name, keyring, expiry, unsafeAllow }, facts };
}

async function digestOf(bytes: Uint8Array): Promise<string> {
  return `sha256:${toHex(await sha256(bytes))}`;
}
