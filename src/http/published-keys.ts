import type { Config } from '../config/index.ts';
import { describePublicKeys, type PublicKeyFacts, readKeyring } from '../provenance/index.ts';

/** A key that anyone may know: of a signing entry, or retired. */
export interface PublishedKey extends PublicKeyFacts {
  /** As under `signing`; null for retired keys. */
  name: string | null;
  retired: boolean;
}

/**
 * The public halves of all signing keys, in the order of the configuration, then the retired ones. A retired key that
 * still signs is listed as one that signs.
 */
export async function publishedKeys(config: Config, now: number): Promise<PublishedKey[]> {
  const published: PublishedKey[] = [];
  for (const { name, signer } of config.signing.values()) {
    const facts = await describePublicKeys(await readKeyring(signer.publicBinary), now);
    published.push(...facts.map((key) => ({ ...key, name, retired: false })));
  }
  const seen = new Set(published.map(({ fingerprint }) => fingerprint));
  for (const { keyring } of config.keys.retired) {
    for (const key of await describePublicKeys(keyring, now)) {
      if (seen.has(key.fingerprint)) continue;
      seen.add(key.fingerprint);
      published.push({ ...key, name: null, retired: true });
    }
  }
  return published;
}
