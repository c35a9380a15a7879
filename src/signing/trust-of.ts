import { createReadOnce } from '../base/read-once.ts';
import type { PgpSigningEntry, SigningEntry, SigstoreSigningEntry, Trust } from '../config/index.ts';
import { type PgpTrust, readKeyring } from '../provenance/index.ts';
// Not by the index of the room, whose libraries take long to load.
import { COSIGN_SIGN, type SigstoreTrust } from '../sigstore/trust.ts';
import type { Identity } from './task.ts';

const keyringOf = createReadOnce(({ signer }: PgpSigningEntry) => readKeyring(signer.publicBinary));

/** The public half of a PGP key as a trust entry of its name; parsed once. */
export async function pgpTrustOf(entry: PgpSigningEntry): Promise<PgpTrust> {
  const keyring = await keyringOf(entry);
  return { scheme: 'pgp', name: entry.name, keyring, expiry: 'now', unsafeAllow: [] };
}

/**
 * A signer of sigstore as a trust entry of its name: what its signatures are held to.
 * @param identity of whoever signs keyless; it holds no asterisk, which would be a glob
 * @returns undefined for a keyless signer of whom nothing is known
 */
export function sigstoreTrustOf(
  entry: SigstoreSigningEntry,
  identity: Identity | undefined,
): SigstoreTrust | undefined {
  const { key } = entry.signer;
  const shared = {
    scheme: 'sigstore' as const,
    name: entry.name,
    predicateTypes: [COSIGN_SIGN],
    annotations: entry.annotations,
    ...entry.trust,
  };
  if (key !== undefined) return { ...shared, identity: { kind: 'key', key } };
  if (identity === undefined) return undefined;
  const { issuer, subject } = identity;
  return { ...shared, identity: { kind: 'keyless', issuer, subjects: [subject], extensions: new Map() } };
}

/**
 * The same for what stands under the legacy tag. It cannot hold an entry of a log of version 2, so the log is not required;
 * a certificate needs a trusted time all the same.
 */
export function legacyTrustOf(
  entry: SigstoreSigningEntry,
  identity: Identity | undefined,
): SigstoreTrust | undefined {
  const trust = sigstoreTrustOf(entry, identity);
  return trust && { ...trust, transparencyLog: 'optional' };
}

/** Either scheme, as the whole is verified. */
export async function trustOf(
  entry: SigningEntry,
  identity: Identity | undefined,
): Promise<Trust | undefined> {
  return entry.scheme === 'pgp' ? pgpTrustOf(entry) : sigstoreTrustOf(entry, identity);
}
