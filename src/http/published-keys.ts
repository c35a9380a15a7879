import { writePem } from '../base/write-pem.ts';
import type { Config } from '../config/index.ts';
import { describePublicKeys, type PublicKeyFacts, readKeyring } from '../provenance/index.ts';

/** A PGP key that anyone may know: of a signing entry, or retired. */
export interface PublishedKey extends PublicKeyFacts {
  /** As under `signing`; null for retired keys. */
  name: string | null;
  retired: boolean;
}

/** The same for a key of sigstore. */
export interface PublishedSigstoreKey {
  name: string | null;
  retired: boolean;
  /** SHA-256 of the SubjectPublicKeyInfo, upper-case hex. */
  fingerprint: string;
  algorithm: string;
  /** As cosign.pub is. */
  pem: string;
  /** What `cosign verify` must be told beside the key; unknown for retired keys. */
  cosignFlags: readonly string[] | null;
}

/**
 * The public halves of all PGP keys that sign, in the order of the configuration, then the retired ones. A retired key that
 * still signs is listed as one that signs.
 */
export async function publishedKeys(config: Config, now: number): Promise<PublishedKey[]> {
  const published: PublishedKey[] = [];
  for (const entry of config.signing.values()) {
    if (entry.scheme !== 'pgp') continue;
    const facts = await describePublicKeys(await readKeyring(entry.signer.publicBinary), now);
    published.push(...facts.map((key) => ({ ...key, name: entry.name, retired: false })));
  }
  const seen = new Set(published.map(({ fingerprint }) => fingerprint));
  for (const file of config.keys.retired) {
    if (!('keyring' in file)) continue;
    for (const key of await describePublicKeys(file.keyring, now)) {
      if (seen.has(key.fingerprint)) continue;
      seen.add(key.fingerprint);
      published.push({ ...key, name: null, retired: true });
    }
  }
  return published;
}

/** The same for keys of sigstore. An entry without a key of its own (keyless) has none. */
export function publishedSigstoreKeys({ signing, keys }: Config): PublishedSigstoreKey[] {
  const published = [...signing.values()].flatMap((entry): PublishedSigstoreKey[] => {
    if (entry.scheme !== 'sigstore' || entry.signer.key === undefined) return [];
    const { fingerprint, algorithm, pem } = entry.signer.key;
    const { cosignFlags } = entry.signer;
    return [{ name: entry.name, retired: false, fingerprint, algorithm, pem, cosignFlags }];
  });
  const seen = new Set(published.map(({ fingerprint }) => fingerprint));
  for (const file of keys.retired) {
    if (!('key' in file) || seen.has(file.key.fingerprint)) continue;
    const { fingerprint, algorithm, spki } = file.key;
    seen.add(fingerprint);
    published.push({
      name: null,
      retired: true,
      fingerprint,
      algorithm,
      pem: writePem('PUBLIC KEY', spki),
      cosignFlags: null,
    });
  }
  return published;
}
