import { fallbackTag, parseDigest } from '../oci/index.ts';
import type { PresentSignature } from './find-sigstore.ts';
import { fingerprintOf } from './read-order.ts';
import type { Identity, MadeSignature, Order } from './task.ts';
import type { Signatory } from './verify-result.ts';

/** What is there of the signatures that an order asks for: found, or made. */
export interface SignedSoFar {
  /** Digest of the provenance. */
  provenance?: string;
  /** By the name of the entry. `identity`: of a keyless signer, where the certificate was seen. */
  sigstore: Map<string, PresentSignature & { identity?: Identity }>;
}

/** Is everything there that the order asks for? */
export function isComplete(order: Pick<Order, 'sigstore'> & Partial<Order>, signed: SignedSoFar): boolean {
  if (order.pgp !== undefined && signed.provenance === undefined) return false;
  return order.sigstore.every(({ name, legacyTag }) => {
    const { bundle, legacy } = signed.sigstore.get(name) ?? {};
    return bundle !== undefined && (legacy !== undefined || !legacyTag);
  });
}

/** Those who signed, and whom keyless ones are certified to be. */
export function signatoriesOf(order: Order, signed: SignedSoFar): Signatory[] {
  return order.signers.map((entry) => ({
    entry,
    identity: signed.sigstore.get(entry.name)?.identity ?? order.identity,
  }));
}

/**
 * The signatures that are there, as the answer tells them.
 * @param digest of the manifest that they are of
 */
export function describeSigned(order: Order, signed: SignedSoFar, digest: string): MadeSignature[] {
  return signatoriesOf(order, signed).flatMap(({ entry, identity }): MadeSignature[] => {
    const { name, scheme } = entry;
    const fingerprint = fingerprintOf(entry);
    const who = fingerprint === undefined ? { ...identity } : { fingerprint };
    if (entry.scheme === 'pgp') {
      return signed.provenance === undefined ? [] : [{ name, scheme, ...who, digest: signed.provenance }];
    }
    const { bundle, legacy } = signed.sigstore.get(name) ?? {};
    if (bundle === undefined) return [];
    const tag = legacy === undefined ? {} : { legacyTag: `${fallbackTag(parseDigest(digest))}.sig` };
    return [{ name, scheme, ...who, digest: bundle, ...tag }];
  });
}
