import type { Json } from '../base/canonical-json.ts';
import { toHex } from '../base/hex.ts';
import { sha256 } from '../base/sha256.ts';
import { clean } from '../base/text.ts';
import type { TrustFacts } from '../policy/index.ts';
import { type PgpTrust, readKeyring } from '../provenance/index.ts';
import type { Trust } from './config.ts';
import { quote } from './problem.ts';

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

/** Upper-case hex without `0x` and spaces, the form that reports and evidence use. */
export function normaliseFingerprint(text: string): string {
  return text.replace(/^0x/i, '').replace(/\s/g, '').toUpperCase();
}

/** The words of an error, on one line. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return clean(error);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'it may not be read';
  if (code === 'EISDIR') return 'it is a directory';
  return clean(error.message, 600);
}

async function digestOf(bytes: Uint8Array): Promise<string> {
  return `sha256:${toHex(await sha256(bytes))}`;
}
